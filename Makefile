#: Các lệnh của dự án (chạy trong thư mục gốc; không cần cài gì trước ngoài git, make và Python 3.11–3.13 có venv):
#:
#:   make site      cài những gì cần, kiểm tra dữ liệu, dựng trang web vào _build/html/
#:   make test      cài những gì các phép thử cần (cả Chromium, LibreOffice, máy chủ web, nếu được phép) rồi chạy hết
#:   make preview   mở trang web trên máy này; sửa tệp nào, trang tự dựng lại
#:   make check     kiểm tra dữ liệu và chương, không dựng trang
#:   make format    viết lại các tệp dữ liệu theo dạng chuẩn
#:   make new       tạo một ấn bản, chỉ số, mục tiêu hay trang mới: make new ARGS="edition 2022"
#:   make sheet     xuất số liệu ra tệp Excel, và nhận lại tệp đã sửa: make sheet ARGS="export"
#:   make todo      kể những gì còn thiếu để đăng một bản nháp: make todo ARGS=2022
#:   make adopt     đăng một bản nháp đã đủ: make adopt ARGS=2022
#:   make remove    bỏ một bản nháp: make remove ARGS="edition 2022"
#:   make changes   kể một thay đổi làm gì với người đọc: make changes ARGS="main..HEAD"
#:   make why       kể vì sao một trang được dựng lại hay không: make why PAGE=muc-tieu/1-1
#:   make explain   kể về một con số, một trang hay một mã: make explain NAME=ten-chi-so
#:   make find      tìm một câu, một chữ, một con số trong các trang và bảng: make find TEXT="12,34"
#:   make doctor    xem máy này đã đủ những gì dự án cần chưa
#:   make publish   đăng trang: make publish TO=/srv/trang (hay người@máy:/srv/trang, pages, ../trang.zip);
#:                  quay về bản trước: make publish TO=… ARGS=--rollback
#:   make verify    soát trang đang đăng với một commit: make verify ARGS="https://example.org/ --commit main"
#:   make archive   gói một ấn bản vào một tệp cho thư viện hay thẻ nhớ: make archive YEAR=2021
#:   make freeze    chốt một ấn bản, để không ô nào của nó đổi nữa: make freeze YEAR=2021
#:   make addresses ghi thêm địa chỉ của trang web vừa dựng vào danh sách phải giữ mãi
#:   make manifest  ghi mã SHA-256 của mọi tệp trong trang web đã dựng
#:   make renew     làm mới khóa thư viện: thử ở chỗ riêng, kể những gì đổi, đạt hết mới ghi
#:   make licences  kể giấy phép của mọi thư viện và phần lấy từ dự án khác
#:   make audit     hỏi xem thư viện nào có lỗ hổng đã biết (cần mạng)
#:   make access    thử lại mọi trang bằng axe và bàn phím, ghi kết quả cho trang “Ai cũng đọc được”
#:   make bench     đo trang web đã dựng (nặng bao nhiêu, Lighthouse, tìm kiếm; cần Chromium, node, npm)
#:                  và việc dựng nó, bên cạnh Jupyter Book thường (một giờ hoặc hơn)
#:   make drills    chạy các phép thử ở dạng dài (ngắt giữa chừng nhiều lần, sửa ngẫu nhiên,
#:                  mọi trang ở mọi kiểu hiện)
#:   make shots     chụp các trang chính của trang web đã dựng vào _build/shots/ để xem lại
#:   make pictures  chụp lại các hình của trang hướng dẫn từ trang web đã dựng
#:   make help      in bảng này
#:
#: Dùng một Python khác:    make site PYTHON=python3.12
#: Chỉ thử một phần:        make test ARGS="-k ten_phep_thu"
#: Chỉ đo một phần:         make bench ARGS="--parts builds --sizes 15,115 --runs 3"

PYTHON ?= python3
ARGS ?=
VENV_PYTHON = .venv/bin/python
# In two processes where there are two cores; files in their order, whose last ones are short. ARGS="-n 0" undoes it.
TWO_FILES_AT_A_TIME = -n logical --maxprocesses 2 --dist loadfile --no-loadscope-reorder

# Another project's modules must not slip in, and files are UTF-8 whatever the machine's language.
unexport PYTHONPATH PYTHONHOME
export PYTHONUTF8 = 1

.DEFAULT_GOAL := site
.PHONY: site test preview check format new todo adopt remove changes sheet why explain find doctor publish verify archive freeze manifest addresses drills bench shots pictures access renew licences audit help setup
.NOTPARALLEL:

site preview check format manifest addresses new todo adopt remove changes sheet doctor audit verify: setup
	@$(VENV_PYTHON) -m sdgbook $@ $(ARGS)

why: setup
	@$(VENV_PYTHON) -m sdgbook why "$(PAGE)"

explain: setup
	@$(VENV_PYTHON) -m sdgbook explain "$(NAME)"

find: setup
	@$(VENV_PYTHON) -m sdgbook find "$(TEXT)"

publish: setup
	@$(VENV_PYTHON) -m sdgbook publish --to "$(TO)" $(ARGS)

archive freeze: setup
	@$(VENV_PYTHON) -m sdgbook $@ "$(YEAR)" $(ARGS)

setup:
	@"$(PYTHON)" scripts/bootstrap.py

test:
	@"$(PYTHON)" scripts/bootstrap.py --dev --browser --office --servers
	@$(VENV_PYTHON) -m pytest $(TWO_FILES_AT_A_TIME) $(ARGS)

drills:
	@"$(PYTHON)" scripts/bootstrap.py --dev --browser --servers
	@$(VENV_PYTHON) -m pytest -m drill $(ARGS)

renew licences:
	@"$(PYTHON)" scripts/bootstrap.py --dev
	@$(VENV_PYTHON) -m sdgbook $@ $(ARGS)

bench shots pictures access:
	@"$(PYTHON)" scripts/bootstrap.py --dev --browser
	@$(VENV_PYTHON) tests/$@.py $(ARGS)

help:
	@sed -n 's/^#: \{0,1\}//p' Makefile
