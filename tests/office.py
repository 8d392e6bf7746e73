"""LibreOffice, started once without a window: it opens a workbook, types into cells as a person would, and saves it in
every form."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

PROGRAMS = ("soffice", "libreoffice")
MISSING = "Máy này chưa có LibreOffice. Cài bằng: sudo apt-get install --no-install-recommends libreoffice-calc-nogui"
# A new profile's first start takes longest.
SECONDS = 120
# 59 is the semicolon, 34 the quote, 76 UTF-8; then: cells as they are shown, and the number of one sheet.
CSV = "59,34,76,1,,0,false,true,false,false,false,{}"
LIBRARY = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE library:library PUBLIC "-//OpenOffice.org//DTD OfficeDocument '
    '1.0//EN" "library.dtd">\n<library:library xmlns:library="http://openoffice.org/2000/library" '
    'library:name="Standard" library:readonly="false" library:passwordprotected="false">'
    '<library:element library:name="Edit"/></library:library>'
)
LIBRARIES = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE library:libraries PUBLIC "-//OpenOffice.org//DTD OfficeDocument '
    '1.0//EN" "libraries.dtd">\n<library:libraries xmlns:library="http://openoffice.org/2000/library" '
    'xmlns:xlink="http://www.w3.org/1999/xlink"><library:library library:name="Standard" '
    'xlink:href="$(USER)/basic/Standard/script.xlb/" xlink:type="simple" library:link="false"/></library:libraries>'
)
MODULE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument '
    '1.0//EN" "module.dtd">\n<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Edit" '
    'script:language="StarBasic">{}</script:module>'
)


# Else the first start with a profile would put its own macros in place of ours.
INSTALLED = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<oor:items xmlns:oor="http://openoffice.org/2001/registry">'
    '<item oor:path="/org.openoffice.Setup/Office"><prop oor:name="ooSetupInstCompleted" oor:op="fuse"><value>true'
    "</value></prop></item></oor:items>"
)


def office() -> str:
    """LibreOffice on this machine; without it the test is skipped, but fails where everything must be tested."""
    path = next((found for name in PROGRAMS if (found := shutil.which(name))), None)
    if path is None and os.environ.get("CI") == "true":
        pytest.fail(MISSING, pytrace=False)
    return path or pytest.skip(MISSING)


def edited(program: str, folder: Path, book: Path, sheet: str, cells: dict[str, str | float]) -> list[Path]:
    """Type into cells of a sheet, then save as XLSX, as ODS, and the sheet as a CSV file with semicolons.

    The first save without an edit is returned before these, as XLSX and as ODS.
    """
    basic = folder / "profile" / "user" / "basic" / "Standard"
    basic.mkdir(parents=True)
    out = [folder / name for name in ("same.xlsx", "same.ods", "edited.xlsx", "edited.ods", "edited.csv")]
    xlsx, ods, separated = "Calc MS Excel 2007 XML", "calc8", "Text - txt - csv (StarCalc)"
    lines = [
        "Sub Main",
        f"doc = StarDesktop.loadComponentFromURL({quoted(book.as_uri())}, {quoted('_blank')}, 0, Array(Hidden()))",
        *(save(path, form) for path, form in zip(out[:2], (xlsx, ods), strict=True)),
        f"sheet = doc.Sheets.getByName({quoted(sheet)})",
        *(
            f"sheet.getCellRangeByName({quoted(cell)}).{'String' if isinstance(value, str) else 'Value'} = "
            f"{quoted(value) if isinstance(value, str) else value}"
            for cell, value in cells.items()
        ),
        *(save(path, form) for path, form in zip(out[2:4], (xlsx, ods), strict=True)),
        "for n = 0 to doc.Sheets.Count - 1",
        f"if doc.Sheets.getByIndex(n).Name = {quoted(sheet)} then number = n + 1",
        "next",
        save(out[4], separated, f'"{CSV.format("")}" & number'),
        "doc.close(true)",
        "StarDesktop.terminate()",
        "End Sub",
        "Function Hidden() as Object",
        'Hidden = Setting("Hidden", true)',
        "End Function",
        "Function Setting(name, value) as Object",
        'made = createUnoStruct("com.sun.star.beans.PropertyValue")',
        "made.Name = name",
        "made.Value = value",
        "Setting = made",
        "End Function",
    ]
    text = "\n".join(lines).replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    (basic / "Edit.xba").write_text(MODULE.format(text), encoding="utf-8")
    (basic / "script.xlb").write_text(LIBRARY, encoding="utf-8")
    (basic.parent / "script.xlc").write_text(LIBRARIES, encoding="utf-8")
    (basic.parents[1] / "registrymodifications.xcu").write_text(INSTALLED, encoding="utf-8")
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    done = subprocess.run(
        [program, profile, "--headless", "--norestore", "macro:///Standard.Edit.Main"],
        capture_output=True,
        timeout=SECONDS,
        cwd=folder,
    )
    missing = [path.name for path in out if not path.is_file() and path.suffix != ".csv"]
    assert not missing, f"LibreOffice has not saved {missing}: {done.stdout + done.stderr!r}"
    return [*out[:4], next(folder.glob("edited*.csv"))]


def quoted(text: str) -> str:
    """A text in Basic."""
    return '"' + text.replace('"', '""') + '"'


def save(path: Path, form: str, options: str = "") -> str:
    """A line of Basic that saves the document under another name."""
    settings = [f'Setting("FilterName", {quoted(form)})']
    settings += [f'Setting("FilterOptions", {options})'] if options else []
    return f"doc.storeToURL({quoted(path.as_uri())}, Array({', '.join(settings)}))"
