/* The picture of the road: people met by police by month, the model's bands, and the days on which the law changed. */
import { COLOURS } from "./chart.js";
import { fan } from "./fan.js";
import { day } from "./format.js";
import { t } from "./text.js";

/** A part of a spec of chart.js: {months, bands, observed, laws: [[day, words]]}. */
export function crossings({ months, bands, observed, laws }) {
  const made = fan({
    months,
    fans: [{ label: t("model_line"), colour: COLOURS.blue, ...bands }],
    observed,
    observedLabel: t("observed_line"),
  });
  const narrow = innerWidth < 700;
  const lines = laws.map(([date, words], at) => {
    const last = at === laws.length - 1;
    const said = narrow ? `{b|${at + 1}}` : `{b|${day(date)}}\n${wrap(subject(words), 24)}`;
    return {
      xAxis: date.slice(0, 7),
      label: {
        show: true, formatter: said, position: "end", distance: 6, color: COLOURS.black, fontSize: 12, lineHeight: 15,
        align: narrow ? "center" : last ? "left" : "right", rich: { b: { fontWeight: 700, fontSize: 12, lineHeight: 16 } },
      },
    };
  });
  made.option.grid = { left: 4, right: 14, top: narrow ? 26 : 62, bottom: 4, containLabel: true };
  made.option.series.at(-1).markLine = {
    silent: true, symbol: "none", animation: false, lineStyle: { color: COLOURS.vermilion, width: 1.5, type: "solid" }, data: lines,
  };
  const named = narrow ? laws.map(([date, words], at) => ({ label: `${at + 1}. ${day(date)}${t("law_colon")} ${subject(words)}`, kind: "line", colour: COLOURS.vermilion })) : [{ label: t("law_line"), kind: "line", colour: COLOURS.vermilion }];
  made.legend = [...made.legend, ...named];
  return made;
}

/** What changed, without the day before the colon. */
function subject(words) {
  return words.replace(/^[^:]*:\s*/, "");
}

/** Words in lines of so many letters. */
function wrap(words, width) {
  const lines = [""];
  for (const word of words.split(" ")) {
    if ((lines.at(-1) + word).length > width && lines.at(-1)) lines.push("");
    lines[lines.length - 1] = `${lines.at(-1)} ${word}`.trim();
  }
  return lines.join("\n");
}
