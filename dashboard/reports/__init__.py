"""Weekly and monthly reports: made by themselves, put into a folder, sent by mail, once."""
