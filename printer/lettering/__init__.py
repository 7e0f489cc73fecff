"""Words as dots: any script, shaped and set on one-bit paper.

Text is drawn and never sent to a printer as characters, because a printer's own character sets hold few
scripts, shape none of them and obey control bytes that they find in a name.
"""

from printer.lettering.fonts import FontBook, Weight
from printer.lettering.text import Line, set_line, set_lines

__all__ = ["FontBook", "Line", "Weight", "set_line", "set_lines"]
