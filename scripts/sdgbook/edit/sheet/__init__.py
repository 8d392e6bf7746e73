"""The spreadsheet way: a workbook of an edition for people who know Excel, and the way back from it.

`plan` says what stands where in the workbook, `writing` makes it, `reading` turns whatever a spreadsheet program has
saved into plain cells, `comparing` finds what was changed, and `applying` puts it into the package or says why not.
"""
