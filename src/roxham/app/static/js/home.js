/* The first page: one picture. */
import { draw } from "./chart.js";
import { crossings } from "./crossings.js";
import { data, t } from "./text.js";

const { picture } = data;
draw(document.getElementById("picture"), {
  ...crossings(picture),
  title: t("picture_title"),
  note: t("picture_note"),
  description: t("picture_described"),
  file: "roxham-crossings",
  head: [t("picture_made", { command: picture.command })],
});
