"""The horizon as a whole: how many complaints, how sure, and at which hours."""
