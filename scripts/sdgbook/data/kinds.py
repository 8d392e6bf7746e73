"""Every kind of mistake that the project knows, as the guide for editors explains it.

The guide's page of messages is made from this list, and each `Problem` names one of its kinds: a message without a way
out cannot be written.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Rank(IntEnum):
    """What is told first: the higher up, the more else a mistake can spoil."""

    MACHINE = 0
    FILE = 1
    ROWS = 2
    CELL = 3
    CODE = 4
    MEANING = 5
    PAGE = 6
    FORM = 7
    QUESTION = 8


@dataclass(frozen=True)
class Kind:
    """A kind of mistake. `title` heads its paragraph in the guide, `cause` says why it mostly happens,
    `way_out` what to do: Vietnamese sentences in Markdown."""

    title: str
    cause: str
    way_out: str
    rank: Rank


KINDS: dict[str, Kind] = {
    # The machine, and what is beside the project.
    "machine": Kind(
        "Máy không làm được việc này",
        "Đĩa đầy, tệp bị khóa hay không được phép ghi, hoặc một chương trình bị dừng giữa chừng.",
        "Làm như lời báo nói rồi chạy lại. Các tệp của bạn vẫn nguyên. `sdgbook doctor` xem máy còn thiếu gì.",
        Rank.MACHINE,
    ),
    "git": Kind(
        "Git chưa ở tình trạng cần có",
        "Còn chỗ chưa ghi vào git, đang đứng ở nhánh khác, hoặc bản này thiếu lịch sử hay thiếu thẻ.",
        "Làm như lời báo nói. Thiếu lịch sử hay thẻ thì chạy `git fetch --tags --unshallow`.",
        Rank.MACHINE,
    ),
    "command": Kind(
        "Lệnh gõ chưa đủ hoặc chưa đúng",
        "Thiếu một phần của lệnh, hoặc tên gõ trong lệnh không có.",
        "Xem ví dụ bằng cách thêm `--help` vào sau lệnh.",
        Rank.MACHINE,
    ),
    "publish": Kind(
        "Chưa đăng được",
        "Nơi đăng không nhận (đầy, không có quyền, không tới được, người khác đang đăng), hoặc bản mới sẽ làm người "
        "đọc mất một điều đang có.",
        "Làm như lời báo nói rồi chạy lại. Người đọc vẫn thấy bản cũ.",
        Rank.MACHINE,
    ),
    # A file as a whole.
    "missing-file": Kind(
        "Thiếu tệp",
        "Một bảng bị xóa, đổi tên hoặc để nhầm thư mục.",
        "Đưa tệp trở lại chỗ cũ với tên cũ. Trên GitHub, mở trang `History` của thư mục để lấy lại bản trước.",
        Rank.FILE,
    ),
    "encoding": Kind(
        "Tệp không được lưu bằng mã UTF-8",
        "Excel và `Notepad` đời cũ lưu bằng mã khác (`UTF-16`, `Windows-1258`…), hoặc chữ được gõ bằng phông `VNI`, "
        "`TCVN3`.",
        "Mở lại tệp gốc, chọn lưu dạng **CSV UTF-8**. Chữ kiểu `VNI`, `TCVN3` thì chuyển sang `Unicode` trước. "
        "Tệp có dấu hiệu của `UTF-16` thì `make format` chuyển giúp.",
        Rank.FILE,
    ),
    "merge-marks": Kind(
        "Còn dấu của hai bản sửa chồng nhau",
        "Hai người sửa cùng một chỗ; git để cả hai bản giữa các dòng `<<<<<<<`, `=======`, `>>>>>>>`.",
        "Giữ lại phần đúng, xóa phần kia và cả ba dòng dấu ấy.",
        Rank.FILE,
    ),
    "unreadable": Kind(
        "Tệp không đọc được",
        "Một dấu nháy kép mở ra mà không đóng, hoặc trong tệp có ký tự rỗng.",
        "Xem dòng được nêu: mỗi dấu nháy kép mở phải có một dấu đóng. Không thấy thì lấy lại bản trước và sửa lại.",
        Rank.FILE,
    ),
    "delimiter": Kind(
        "Các cột không cách nhau bằng dấu phẩy",
        "Excel tiếng Việt lưu CSV bằng dấu chấm phẩy, và viết số với dấu phẩy thập phân.",
        "Đừng sửa tay. Đưa tệp vào bằng lệnh `sdgbook sheet import`: nó hiểu kiểu ấy và cho xem trước mọi chỗ đổi.",
        Rank.FILE,
    ),
    "empty-file": Kind(
        "Tệp trống",
        "Tệp bị xóa hết chữ, hoặc lưu hỏng giữa chừng.",
        "Lấy lại bản trước của tệp. Bảng chưa có dòng nào vẫn phải giữ dòng tiêu đề.",
        Rank.FILE,
    ),
    "descriptor": Kind(
        "Mô tả gói dữ liệu sai",
        "Tệp `data/datapackage.json` bị sửa lệch.",
        "Tệp này do người phát triển giữ. Trả nó về bản trước.",
        Rank.FILE,
    ),
    "settings": Kind(
        "Tệp thiết lập sai",
        "Một giá trị trong `_config.yml` không thuộc những giá trị được dùng.",
        "Sửa như lời báo gợi ý, hoặc trả về bản trước.",
        Rank.FILE,
    ),
    "address": Kind(
        "Một địa chỉ đã công bố không còn mở được",
        "Một trang hay một tệp bị bỏ hoặc đổi tên, nên liên kết và trích dẫn cũ của người đọc bị đứt; hoặc một dòng "
        "của `data/reference/redirects.csv` dẫn tới nơi không có.",
        "Thêm một dòng vào `data/reference/redirects.csv`: địa chỉ cũ, địa chỉ mới, ngày chuyển. Trang bỏ hẳn thì để "
        "trống địa chỉ mới và viết một câu nói nó đã ra sao.",
        Rank.FILE,
    ),
    "contents": Kind(
        "Mục lục không khớp với các trang",
        "Thêm, xóa hay đổi tên một trang mà chưa sửa `_toc.yml`, hoặc gõ sai tên trang trong đó.",
        "Mỗi trang đứng đúng một lần trong mục lục. Sửa dòng được nêu.",
        Rank.FILE,
    ),
    "file": Kind(
        "Tệp không được nhận",
        "Tên tệp có chữ lạ, tệp là một liên kết của hệ thống, hình quá lớn hay không phải là hình, hoặc tệp thuộc loại "
        "mà sách không dùng.",
        "Tên tệp chỉ có chữ không dấu, chữ số và gạch nối. Hình lưu thành `PNG`, mỗi chiều không quá vài "
        "nghìn điểm ảnh. Tệp khác thì bỏ ra ngoài `book/` và `data/`.",
        Rank.FILE,
    ),
    # Spreadsheets.
    "sheet-file": Kind(
        "Tệp bảng tính không đọc được",
        "Tệp hỏng, có mật khẩu, là Excel đời cũ (`.xls`), là CSV không phải UTF-8, hay không do `sdgbook sheet export` "
        "làm ra.",
        "Mở tệp bằng Excel hay `LibreOffice`, bỏ mật khẩu, lưu lại dạng `.xlsx`. Không được thì xuất lại và chép "
        "những ô đã sửa sang.",
        Rank.FILE,
    ),
    "sheet-shape": Kind(
        "Trang tính không còn như đã xuất",
        "Ô bị gộp, dòng bị ẩn hay lọc, cột bị đổi tên, đổi chỗ, thêm hay xóa, mã của dòng bị sửa, hoặc có trang tính "
        "lạ.",
        "Đưa chỗ được nêu về như cũ rồi gửi lại. Thêm dòng thì gõ vào dòng trống đầu tiên dưới bảng; bỏ dòng thì xóa "
        "cả dòng.",
        Rank.ROWS,
    ),
    "sheet-cell": Kind(
        "Ô của bảng tính không hiểu được",
        "Ô là công thức, là ngày hay phần trăm do bảng tính tự đổi, là chữ ở cột số, hay là số ở cột mã.",
        "Mở đúng ô được nêu, đổi định dạng của nó sang Số (cột số) hay Chữ (cột mã, cột chữ), rồi gõ lại. Số viết như "
        "`12,34`; máy dùng tiếng Anh thì `12.34`.",
        Rank.CELL,
    ),
    "sheet-conflict": Kind(
        "Tệp và dự án cùng đổi một chỗ",
        "Từ khi tệp được xuất ra, một người khác đã sửa cùng ô hay cùng dòng.",
        "Hỏi người ấy xem bên nào đúng. Xuất lại tệp mới, sửa ô ấy trên đó rồi gửi lại.",
        Rank.CELL,
    ),
    # Columns and rows.
    "columns": Kind(
        "Dòng tiêu đề không khớp",
        "Một cột bị xóa, đổi tên, đổi chỗ, thêm vào hay ghi hai lần.",
        "Trả dòng đầu của tệp về như cũ. Lời báo nêu cột nào thiếu, thừa hay đứng sai chỗ.",
        Rank.ROWS,
    ),
    "row-length": Kind(
        "Dòng thừa hay thiếu ô",
        "Thừa hay thiếu một dấu phẩy, hoặc chữ có dấu phẩy mà không nằm trong nháy kép.",
        'So với dòng bên cạnh. Chữ có dấu phẩy thì đặt trong nháy kép: `"12,34%"`.',
        Rank.ROWS,
    ),
    "shifted": Kind(
        "Cả cột bị lệch",
        "Khi chép từ bảng tính, một cột bị chèn thêm hay mất đi, nên mọi ô sau nó đứng sai cột.",
        "Lấy lại bản trước rồi chép lại, hoặc dùng lệnh `sdgbook sheet import`.",
        Rank.ROWS,
    ),
    "blank-row": Kind(
        "Dòng trống",
        "Một dòng không có gì, thường ở giữa hay cuối tệp.",
        "Xóa dòng ấy. `make format` cũng bỏ giúp.",
        Rank.FORM,
    ),
    "key": Kind(
        "Hai dòng nói cùng một điều",
        "Một dòng được chép thành hai, hoặc hai dòng cho cùng chỉ số, thời gian, nơi và nhóm.",
        "Mỗi điều chỉ một dòng. Xóa dòng thừa; hai giá trị khác nhau thì xem báo cáo để giữ giá trị đúng.",
        Rank.ROWS,
    ),
    # Cells.
    "empty-cell": Kind(
        "Ô bắt buộc bị để trống",
        "Một ô không được thiếu còn trống, nhất là `source_locator`.",
        "Điền ô ấy. Không có nguồn thì không đưa con số vào.",
        Rank.CELL,
    ),
    "number": Kind(
        "Con số viết sai dạng",
        "Viết dấu phẩy thập phân, ngăn hàng nghìn, kèm đơn vị hay dấu %, viết khoảng như `12–34`, hoặc Excel đã đổi "
        "nó thành ngày hay thành dạng `1E+05`.",
        "Viết số với dấu **chấm** thập phân, hàng nghìn viết liền: `12.34`, `1234`. Đơn vị đã có ở bảng chỉ số; "
        "“trên”, “gần”, “khoảng” ghi ở cột `qualifier`.",
        Rank.CELL,
    ),
    "decimals": Kind(
        "Nhiều chữ số lẻ quá",
        "Thường là dấu chấm dùng để ngăn hàng nghìn: `1.234` bị đọc là một phẩy hai.",
        "Viết liền: `1234`. Chỉ số thật có thêm chữ số lẻ thì sửa cột `decimals` của nó ở bảng chỉ số.",
        Rank.CELL,
    ),
    "bounds": Kind(
        "Con số ngoài khoảng có thể có",
        "Một tỷ lệ trên `100%`, một số đếm âm, hoặc chữ số nhiều hơn máy tính giữ được.",
        "Xem lại báo cáo. Báo cáo in đúng như thế thì ghi rõ ở `note_vi` và hỏi người duyệt.",
        Rank.CELL,
    ),
    "as-written": Kind(
        "Giá trị khác với nguyên văn",
        "`obs_value` và `as_written` của một dòng không cùng một con số: một trong hai bị gõ nhầm.",
        "So với báo cáo rồi sửa ô sai. `as_written` chép đúng chữ của báo cáo, `obs_value` là con số ấy.",
        Rank.CELL,
    ),
    "date": Kind(
        "Ngày, năm hay thời gian viết sai dạng",
        "Viết ngày theo lối thường, hoặc Excel đã đổi dạng của nó.",
        "Viết năm-tháng-ngày, như `2001-02-28`; năm bằng bốn chữ số. Số của cả năm thì chỉ viết năm.",
        Rank.CELL,
    ),
    "code": Kind(
        "Mã viết sai dạng",
        "Mã có chữ hoa, dấu cách, dấu tiếng Việt, hoặc một chữ không thuộc danh sách được dùng.",
        "Chọn một trong những mã được gợi ý. Mã chỉ gồm chữ thường không dấu, chữ số và dấu gạch nối.",
        Rank.CELL,
    ),
    "invisible": Kind(
        "Có ký tự không nhìn thấy",
        "Chép từ trang web hay tệp `PDF`, ô mang theo ký tự ẩn hoặc dấu cách đặc biệt.",
        "Xóa ô rồi gõ lại bằng tay, hoặc chạy `sdgbook check --fix`.",
        Rank.CELL,
    ),
    "look-alike": Kind(
        "Chữ trông giống mà không phải",
        "Một chữ cái Nga hay Hy Lạp trông như chữ Việt, hoặc chữ số rộng của tiếng Trung, tiếng Nhật.",
        "Xóa chữ ấy và gõ lại bằng bàn phím tiếng Việt.",
        Rank.CELL,
    ),
    "markup": Kind(
        "Chữ có mã của trang web",
        "Ô hay câu có thẻ `HTML`, thường do chép từ trang web hay thư điện tử.",
        "Chỉ để lại chữ thường. Trong trang thì in đậm bằng `**…**`; trong bảng không định dạng.",
        Rank.CELL,
    ),
    "formula": Kind(
        "Ô bắt đầu như một công thức",
        "Ô bắt đầu bằng `=`, `+` hay `@`. Mở bằng Excel thì nó thành một lệnh, có thể gây hại.",
        "Viết kết quả thay cho công thức; với chữ thì viết khác đi để không bắt đầu bằng dấu ấy.",
        Rank.CELL,
    ),
    "length": Kind(
        "Chữ dài quá",
        "Một ô có cả đoạn dài, hoặc tên dài hơn chỗ dành cho nó trên trang.",
        "Rút ngắn. Điều cần nói dài thì viết ở trang.",
        Rank.CELL,
    ),
    "line-break": Kind(
        "Ô có xuống dòng",
        "Trong ô có dấu xuống dòng, thường do nhấn `Alt+Enter` trong Excel.",
        "Viết thành một dòng.",
        Rank.CELL,
    ),
    # Codes that refer to something.
    "reference": Kind(
        "Mã không có trong bảng",
        "Gõ sai mã, hoặc mã mới chưa được khai ở bảng của nó.",
        "Chọn mã được gợi ý, hoặc thêm dòng vào bảng ấy trước.",
        Rank.CODE,
    ),
    "name": Kind(
        "Tên con số không có hoặc chưa rõ",
        "Gõ sai tên trong `{fact}`, hay tên còn thiếu nhóm, thời gian nên có thể là nhiều con số.",
        "Chép một tên được gợi ý. Bấm vào con số trên trang để thấy tên của nó.",
        Rank.CODE,
    ),
    "locator": Kind(
        "Chỗ trong báo cáo không có",
        "Gõ sai chỗ trong báo cáo, hoặc bảng `sections` chưa có dòng ấy.",
        "Chọn chỗ được gợi ý; các chỗ có ở trang “Dàn bài của báo cáo”.",
        Rank.CODE,
    ),
    "link": Kind(
        "Liên kết hỏng",
        "Trang được dẫn tới không có, đã đổi tên, hoặc không còn đầu đề ấy.",
        "Sửa địa chỉ theo gợi ý, hoặc bỏ liên kết.",
        Rank.CODE,
    ),
    "unused": Kind(
        "Mã không được dùng ở đâu cả",
        "Một dòng mới chưa có chỗ nào dùng, hoặc một mã bị gõ sai nên không khớp với chỗ dùng nó.",
        "Dùng nó ở bảng hay trang cần nó, sửa mã, hoặc xóa dòng.",
        Rank.CODE,
    ),
    "told-twice": Kind(
        "Một điều có ở hai dòng hay hai chỗ",
        "Một con số của báo cáo được ghi ở hai chỉ số, hoặc một mục đứng hai lần trong một danh sách.",
        "Cùng một việc thì giữ một dòng. Hai việc khác nhau thì chép `as_written` dài hơn cho rõ.",
        Rank.CODE,
    ),
    # What the data say together.
    "identity": Kind(
        "Phép tính không khớp",
        "Một tổng, hiệu hay tỷ lệ mà báo cáo in ra không còn khớp sau khi sửa một con số.",
        "Lời báo nêu mọi con số gắn với nhau. Xem lại từng số trong báo cáo. Báo cáo in đúng như thế thì hỏi người "
        "duyệt.",
        Rank.MEANING,
    ),
    "expression": Kind(
        "Phép tính hay đơn vị không hợp",
        "Công thức viết sai, hoặc cộng, so những con số khác đơn vị hay khác cách tính.",
        "Sửa công thức theo lời báo. Đặt dấu cách hai bên dấu phép tính.",
        Rank.MEANING,
    ),
    "status": Kind(
        "Tình trạng không hợp với con số",
        "Điền số vào dòng còn chờ mà quên cột `obs_status`, hoặc bỏ trống số của một ấn bản đã đăng.",
        "A bình thường, P sơ bộ, E ước, F dự kiến. Chỉ bản nháp mới có O: chưa có.",
        Rank.MEANING,
    ),
    "objective": Kind(
        "Đích không hợp với chỉ số",
        "Chiều của đích trái với chỉ số, đích đo bằng một hoạt động, hoặc mốc không ở trước năm phải đạt.",
        "Sửa đích hay chỉ số theo lời báo, để đích là điều có thể đạt tới và đo được.",
        Rank.MEANING,
    ),
    "area": Kind(
        "Đơn vị hành chính không hợp thời gian",
        "Con số mang mã của một đơn vị chưa có hay không còn vào lúc ấy, hoặc ngày của các đơn vị không khớp nhau.",
        "Ghi mã của đơn vị có trong thời gian ấy. Đơn vị đổi thì thêm dòng mới, không sửa dòng cũ.",
        Rank.MEANING,
    ),
    "edition": Kind(
        "Ấn bản không khớp",
        "Năm trong bảng hay ở đầu trang khác với thư mục, hoặc nhắc đến điều mà ấn bản ấy không có.",
        "Sửa năm hay mã cho khớp, theo gợi ý.",
        Rank.MEANING,
    ),
    "frozen": Kind(
        "Ấn bản đã chốt bị sửa",
        "Ấn bản đã chốt thì không ô nào của nó đổi nữa.",
        "Trả tệp về như cũ. Con số sai thì thêm một dòng vào `revisions.csv` của ấn bản ấy.",
        Rank.MEANING,
    ),
    "revision": Kind(
        "Lần hiệu đính không khớp",
        "Số cũ, số mới hay tên trong `revisions.csv` không khớp với ô của nó, hoặc số cũ đổi mà không nói vì sao.",
        "Sửa dòng hiệu đính hay sửa ô, cho hai chỗ nói cùng một điều; ghi rõ lý do.",
        Rank.MEANING,
    ),
    "headline": Kind(
        "Con số nổi bật chưa hợp",
        "Bảng `headlines` thiếu con số, ghi trùng, hoặc so những số không so được.",
        "Chọn con số khác theo lời báo.",
        Rank.MEANING,
    ),
    # Pages.
    "front-matter": Kind(
        "Phần đầu trang sai",
        "Phần giữa hai dòng `---` thiếu `description`, viết sai dạng, hoặc có dòng không ai biết.",
        "Sửa như lời báo. Mỗi dòng có dạng `tên: giá trị`, sau dấu hai chấm là một dấu cách.",
        Rank.PAGE,
    ),
    "typed-figure": Kind(
        "Có con số gõ tay trong câu",
        "Câu có chữ số mà không lấy từ bảng, nên khi số đổi thì câu cũ vẫn đứng đó.",
        "Thay bằng ``{fact}`tên-con-số` ``. Được gõ: năm, ngày, mã mục tiêu, số hiệu văn bản, tên có trong bảng "
        "`terms`.",
        Rank.PAGE,
    ),
    "claim": Kind(
        "Câu nói chiều hướng mà máy chưa thử được",
        "Tiêu đề có chữ như tăng, giảm, vượt, nhiều nhất… mà không nói dựa vào con số nào, hoặc số đổi nên câu không "
        "còn đúng.",
        "Chép dòng được gợi ý vào `claims` hay `says` rồi điền tên số. Không còn đúng thì viết lại câu.",
        Rank.PAGE,
    ),
    "role": Kind(
        "Vai trò không có",
        "Chữ trong ngoặc nhọn trước dấu nháy ngược bị gõ sai, như `{fct}`.",
        "Dùng `{fact}`, `{document}`, `{locator}` hoặc một tên được gợi ý.",
        Rank.PAGE,
    ),
    "cell": Kind(
        "Ô mã không chạy được",
        "Ô mã viết sai, gọi điều không có, hoặc chạy mãi không xong.",
        "Trả ô mã về như cũ. Mỗi ô chỉ một dòng, như `muc_tieu.table()`.",
        Rank.PAGE,
    ),
    "cell-words": Kind(
        "Ô mã làm việc ngoài những gì được phép",
        "Ô mã có lệnh khác với những lời gọi ngắn trên `muc_tieu` hay `bao_cao`.",
        "Chỉ gọi những gì trang “Cùng sửa trang này” nêu. Cần hơn thì hỏi người phát triển.",
        Rank.PAGE,
    ),
    "heading": Kind(
        "Đầu đề chưa đúng",
        "Trang không có đúng một tên ở đầu, hoặc nhảy cấp: từ `#` sang thẳng `###`.",
        "Tên trang là `#`, mục là `##`, mục nhỏ là `###`, không bỏ cấp nào.",
        Rank.PAGE,
    ),
    "image": Kind(
        "Hình không có lời",
        "Hình không có lời thay thế, nên người không nhìn thấy hình không biết nó nói gì.",
        "Viết một câu trong ngoặc vuông: `![Hình cho thấy gì](tep.png)`.",
        Rank.PAGE,
    ),
    "page-parts": Kind(
        "Trang thiếu phần phải có",
        "Trang có số liệu mà không có bảng số liệu, hoặc thiếu danh sách mà liên kết dẫn tới.",
        "Thêm ô mã được gợi ý.",
        Rank.PAGE,
    ),
    "colour": Kind(
        "Màu trong tệp kiểu dáng chưa đúng",
        "Hai màu quá gần nhau nên khó đọc, hoặc một tên màu không có.",
        "Tệp này do người phát triển giữ. Chọn màu đậm hơn hay nhạt hơn như lời báo.",
        Rank.PAGE,
    ),
    "page": Kind(
        "Trang không dựng được",
        "Chương trình dựng trang gặp điều nó không hiểu trong một trang.",
        "Sửa chỗ được nêu. Không thấy sai thì gửi lời báo cho người phát triển.",
        Rank.PAGE,
    ),
    # Form: one right answer each.
    "layout": Kind(
        "Tệp chưa ở dạng chuẩn",
        "Dòng sai thứ tự, thừa dấu cách, nháy kép không cần, dấu BOM, cuối dòng kiểu `Windows`, chữ có dấu viết tách "
        "rời.",
        "Chạy `sdgbook check --fix` (hay `make format`); không giá trị nào bị đổi. Không có máy thì nhờ người duyệt.",
        Rank.FORM,
    ),
    # Questions: nothing is wrong for sure.
    "unusual": Kind(
        "Hỏi lại: con số khác thường",
        "Con số cách xa những lần trước, hoặc các nhóm cộng lại khác xa tổng. Có thể là gõ thừa, gõ thiếu một chữ số.",
        "So lại với báo cáo. Đúng như báo cáo thì ghi một câu ở `note_vi` của dòng ấy, và máy không hỏi nữa.",
        Rank.QUESTION,
    ),
}
