"""Files with which BI tools open the published figures."""
