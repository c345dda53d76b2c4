"""A notebook's files: reached safely, brought in whole, looked into at bounded cost."""
