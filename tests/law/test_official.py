"""Citations beside the official text: found, missing and changed, on a small invented file in the official format."""

from __future__ import annotations

import json

import pytest

from roxham.cli import main
from roxham.errors import LawError
from roxham.law.official import citations, compare_official, read_official

ACT = """<?xml version="1.0" encoding="utf-8"?>
<Statute xmlns:lims="http://justice.gc.ca/lims" lims:current-date="2026-03-31" in-force="yes" xml:lang="en">
 <Identification><Chapter><ConsolidatedNumber>I-0.0</ConsolidatedNumber></Chapter></Identification>
 <Body>
  <Heading level="1"><TitleText>Claims</TitleText></Heading>
  <Section lims:inforce-start-date="2003-01-01"><MarginalNote>Grounds</MarginalNote><Label>101</Label>
   <Subsection><Label>(1)</Label><Text>An invented claim is <Emphasis style="italic">ineligible</Emphasis> if</Text>
    <Paragraph><Label>(a)</Label><Text>it is made of paper;</Text></Paragraph>
    <Paragraph><Label>(b.1)</Label><Text>it is late; or</Text></Paragraph>
   </Subsection>
   <HistoricalNote><HistoricalNoteSubItem>2001, c. 0</HistoricalNoteSubItem></HistoricalNote>
  </Section>
 </Body>
</Statute>
"""


def written(folder, text=ACT, name="act.xml"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_each_provision_has_its_text_without_notes(tmp_path):
    texts = read_official(written(tmp_path))
    assert texts["A101(1)(a)"] == "it is made of paper;"
    assert texts["A101(1)"].startswith("An invented claim is ineligible if it is made")
    assert "2001" not in texts["A101"]
    assert "Grounds" not in texts["A101"]


def test_citations_are_read_out_of_the_law(book):
    cites = citations(book)
    assert {"A101(1)(b.1)", "R159.4(1.1)", "R159.5(f)(iv)", "A133", "R228(1)(c)(ix)"} <= set(cites)
    assert not any(cite.startswith("A100(3)") and "2019" in cite for cite in cites)


def test_missing_and_changed_are_named(book, tmp_path):
    first = compare_official(book, [written(tmp_path)])
    assert "A101(1)(b.1)" in first.prints
    assert "A101(1)(e)" in first.missing
    assert not any(cite.startswith("R") for cite in first.missing)  # no copy of the Regulations was given
    assert first.changed == ()
    changed = written(tmp_path, ACT.replace("it is late", "it is later"), "new.xml")
    again = compare_official(book, [changed], first.prints)
    assert set(again.changed) == {"A101(1)", "A101(1)(b.1)"} & set(first.prints)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('<!DOCTYPE x [<!ENTITY a "b">]><Statute/>', "entities"),
        ("<Statute>", "not XML"),
        ("<html/>", "neither an Act"),
    ],
)
def test_a_copy_that_cannot_be_trusted_is_not_read(tmp_path, text, said):
    with pytest.raises(LawError, match=said):
        read_official(written(tmp_path, text))


def test_a_copy_that_is_too_large_or_not_there_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr("roxham.law.official.LARGEST", 100)
    with pytest.raises(LawError, match="larger"):
        read_official(written(tmp_path))
    with pytest.raises(LawError, match="no such file"):
        read_official(tmp_path / "other.xml")


def test_the_command_keeps_fingerprints_and_compares_the_next_time(tmp_path, capsys):
    act, prints = written(tmp_path), tmp_path / "prints.json"
    command = ["law", "audit", "--people", "1000", "--xml", str(act), "--prints", str(prints), "--json"]
    with pytest.raises(SystemExit):
        main(command)
    told = json.loads(capsys.readouterr().out)
    assert told["official"]["changed"] == []
    assert json.loads(prints.read_text(encoding="utf-8")) == told["official"]["prints"]
    written(tmp_path, ACT.replace("late", "later"))
    with pytest.raises(SystemExit) as left:
        main(command)
    assert left.value.code == 1
    assert "A101(1)(b.1)" in json.loads(capsys.readouterr().out)["official"]["changed"]
