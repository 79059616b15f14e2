"""Walk: displaced people on a map of towns, roads and camps, for any number of people."""

from roxham.walk.check import check_folder
from roxham.walk.folder import Folder
from roxham.walk.read import read_folder
from roxham.walk.series import ObservedTable, observed_table
from roxham.walk.simulate import Walk, run

__all__ = ["Folder", "ObservedTable", "Walk", "check_folder", "observed_table", "read_folder", "run"]
