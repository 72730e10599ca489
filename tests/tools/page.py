"""Reads an HTML page from standard input as a browser's parser does, and prints JSON: its text, block by block, how often
each tag is there, and what is wrong with it. Python's own html.parser, and nothing else."""

import json
import sys
from html.parser import HTMLParser

VOID = {"meta", "br", "hr", "link", "img", "input"}
BLOCKS = {"p", "dt", "dd", "li", "h1", "h2", "h3", "h4", "td", "th", "caption", "figcaption", "title", "desc", "text", "pre"}


class Page(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.texts, self.wrong = [], [], []
        self.tags, self.ids, self.used = {}, [], []
        self.lang, self.levels, self.style = None, [], ""

    def handle_starttag(self, tag, attrs):
        self.tags[tag] = self.tags.get(tag, 0) + 1
        names = [name for name, _ in attrs]
        if len(set(names)) != len(names):
            self.wrong.append(f"<{tag}> says something twice: {names}")
        values = dict(attrs)
        self.ids += [values["id"]] if "id" in values else []
        for name in ("aria-labelledby", "aria-describedby"):
            self.used += values.get(name, "").split()
        if "href" in values:
            if not values["href"].startswith("#"):
                self.wrong.append(f"<{tag}> leads away: {values['href']}")
            self.used.append(values["href"][1:])
        for name in names:
            if name.startswith("on") or name in ("src", "srcset", "data", "action", "style", "xlink:href"):
                self.wrong.append(f"<{tag}> has {name}")
        if tag in ("script", "link", "iframe", "object", "embed", "img", "base", "form", "foreignobject"):
            self.wrong.append(f"there is a <{tag}>")
        if tag == "html":
            self.lang = values.get("lang")
        if tag == "svg" and not (values.get("role") == "img" and "aria-labelledby" in values):
            self.wrong.append("a picture without a name")
        if tag[0] == "h" and tag[1:].isdigit():
            self.levels.append(int(tag[1:]))
        if tag not in VOID:
            self.open.append(tag)
        if tag in BLOCKS:
            self.texts.append([tag, ""])

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open[-1] != tag:
            self.wrong.append(f"</{tag}> ends {self.open[-1:]}")
        else:
            self.open.pop()

    def handle_data(self, data):
        if "style" in self.open:
            self.style += data
        elif any(tag in BLOCKS for tag in self.open):
            self.texts[-1][1] += data
        elif data.strip() and not any(tag in ("a", "main") for tag in self.open):
            self.wrong.append(f"text outside of a block: {data!r}")


page = Page()
source = sys.stdin.read()
page.feed(source)
page.close()
wrong = page.wrong
wrong += [f"<{tag}> has no end" for tag in page.open]
wrong += [f"{name} is there twice" for name in set(page.ids) if page.ids.count(name) > 1]
wrong += [f"nothing is called {name}" for name in set(page.used) - set(page.ids)]
wrong += [] if page.lang == "en" else [f"its language is {page.lang}"]
wrong += [] if page.levels[:1] == [1] and page.levels.count(1) == 1 else ["not one <h1>"]
wrong += [f"h{a} is followed by h{b}" for a, b in zip(page.levels, page.levels[1:]) if b > a + 1]
wrong += [] if page.tags.get("svg", 0) == page.tags.get("desc", 0) else ["a picture without words"]
wrong += [f"no <{tag}>" for tag in ("header", "nav", "main", "footer") if tag not in page.tags]
wrong += [f"its style has {word}" for word in ("url(", "@import", "http", "expression") if word in page.style]
wrong += ["a control character"] if any(ord(c) < 32 and c != "\n" for c in source) else []
json.dump({"wrong": wrong, "text": page.texts, "tags": page.tags}, sys.stdout)
