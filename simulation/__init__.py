"""A road with exact truth. The pipeline never imports it."""
