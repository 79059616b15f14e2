"""Walk: displaced people on a map of towns, roads and camps, for any number of people."""

from roxham.walk.folder import Folder
from roxham.walk.read import read_folder
from roxham.walk.series import ObservedTable, observed_table

__all__ = ["Folder", "ObservedTable", "observed_table", "read_folder"]
