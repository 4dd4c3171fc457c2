"""What workbook.display gives to the notebooks."""

from model_lambda.ml_model import MLModel
from workbook.display import show_json, show_page, show_source, show_table


def test_source_stands_under_the_name_of_its_file() -> None:
    shown = show_source(show_table).data

    assert shown.startswith("*workbook/display.py*\n```python\ndef show_table(")
    assert shown.endswith("\n```")


def test_neighbours_in_one_file_share_its_name() -> None:
    shown = show_source(show_table, show_json, MLModel).data

    assert shown.count("*workbook/display.py*") == 1
    assert shown.count("```python") == 2
    assert "\n\n\ndef show_json(" in shown


def test_source_of_a_method_is_not_indented() -> None:
    shown = show_source(MLModel.predict)

    assert shown.data.startswith("*model_lambda/ml_model.py*\n```python\ndef predict(self,")


def test_a_table_has_a_heading_and_three_decimals() -> None:
    rows = [{"name": "a|b", "value": 0.12345}, {"name": "c", "value": 2}]

    expected = "| name | value |\n| --- | --- |\n| a\\|b | 0.123 |\n| c | 2 |"
    assert show_table(rows).data == expected


def test_json_is_indented_and_rounded() -> None:
    shown = show_json({"p": [0.98226, 1], "t": "é"}).data

    assert shown == '```json\n{\n  "p": [\n    0.982,\n    1\n  ],\n  "t": "é"\n}\n```'


def test_a_page_is_shown_in_a_frame_under_a_link() -> None:
    shown = show_page('http://127.0.0.1:4566/?a="b"&c').data

    address = "http://127.0.0.1:4566/?a=&quot;b&quot;&amp;c"
    assert f'<a href="{address}" ' in shown
    assert f'<iframe src="{address}" ' in shown
