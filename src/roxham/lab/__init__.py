"""The lab: scenarios are lists of amendments, a study is scenarios times draws, results are compared."""
