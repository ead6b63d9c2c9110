// Uses the page of the kept recording as a reader does, and leaves what is wrong in the title of the page.
"use strict";
const wrong = [];
let checks = 0;
const check = (what, is) => { checks += 1; if (!is) wrong.push(what); };
const all = kind => [...picture.querySelectorAll(`${kind}[tabindex]`)];
const kind = (element, name) => all(element).filter(found => found.classList.contains(name));
const press = key => document.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}));
const says = (element, ...texts) => {
  by("said").textContent = "";
  element?.focus();
  const said = by("said").textContent;
  check(`the focus says ${texts}, and not: ${said}`, texts.every(text => said.includes(text)));
  check(`${texts} has no label`, element?.getAttribute("aria-label") === said);
};
const shown = () => to - from;

const lanes = [...picture.querySelectorAll("text.lane")].map(text => text.textContent);
check(`lanes ${lanes}`, lanes.join() === "lab/7,worker/8");
for (const word of ["owned", "lent", "borrowed shared", "borrowed exclusively", "waits", "commit", "refusal", "revoke", "death", "recovery", "call", "result", "in the process"]) {
  check(`the legend has no ${word}`, by("legend").textContent.includes(word));
}
for (const [name, count] of [["owned", 1], ["lent", 1], ["exclusive", 1], ["waiting", 1], ["shared", 0], ["local_shared", 2], ["local_exclusive", 1]]) {
  check(`${kind("rect", name).length} bars ${name}`, kind("rect", name).length === count);
}
for (const [name, count] of [["refusal", 1], ["death", 2], ["call", 2], ["result", 1], ["commit", 0]]) {
  check(`${kind("text", name).length} marks ${name}`, kind("text", name).length === count);
}
check("the bar of the killed process has whole edges", kind("rect", "exclusive")[0]?.hasAttribute("stroke-dasharray"));
says(kind("rect", "owned")[0], "#0.1 owned by lab/7", "at src/main.rs:3", "from 0.000025 s");
says(kind("rect", "exclusive")[0], "worker/8", "src/worker.rs:8", "no end of it");
says(kind("rect", "local_exclusive")[0], "#0.1 borrowed exclusively in the process by lab/7", "src/main.rs:7", "for 0.000200 s");
check("a borrow in the process is as high as others", +kind("rect", "local_shared")[0]?.getAttribute("height") < +kind("rect", "owned")[0]?.getAttribute("height") / 1.9);
says(kind("text", "refusal")[0], "it is <borrowed> & held", "src/main.rs:5");
says(kind("text", "call")[0], "lab::count in process 9");
says(kind("text", "death")[1], "it was killed");
kind("rect", "waiting")[0]?.dispatchEvent(new MouseEvent("mouseenter"));
check("the pointer says nothing of a wait", by("said").textContent.includes("#0.1 waits by lab/7"));

press("+");
check("+ does not zoom in", shown() === length / 2);
check("the range is not said", by("range").textContent.includes(`of ${seconds(length)}`));
press("ArrowRight");
check("the arrow does not move", from === length * 3 / 8);
press("0");
check("0 does not show all", shown() === length && from === 0);
by("in").click();
by("out").click();
check("the buttons do not zoom", shown() === length);
picture.dispatchEvent(new WheelEvent("wheel", {deltaY: -1, clientX: picture.getBoundingClientRect().left + LEFT, cancelable: true}));
check("the wheel does not zoom to the pointer", shown() < length && Math.abs(from) < 1);
by("all").click();

by("object").value = "0";
by("object").dispatchEvent(new Event("change"));
check("the filter keeps marks of no object", kind("text", "call").length === 0);
check("the filter drops the object", kind("rect", "owned").length === 1);
by("object").value = "";
by("object").dispatchEvent(new Event("change"));
check("the filter stays", kind("text", "call").length === 2);
check("the page asks the network", performance.getEntriesByType("resource").length === 0);
document.title = wrong.length ? `wrong: ${wrong.join("; ")}` : `right: ${checks} checks`;
