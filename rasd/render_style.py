"""The style sheet of the HTML page: colours by event family, lanes under the text, light, dark and printed."""

from __future__ import annotations

from string import Template

NUM_COLOURS = 12
NUM_LANES = 6


def make_style() -> str:
    """Return the style sheet, with its rules for colours and lanes written out."""
    hues = [25 + 30 * colour for colour in range(NUM_COLOURS)]
    rules = [f".c{colour}{{--h:{hue}}}" for colour, hue in enumerate(hues)]
    rules += [f".n{lanes}{{--n:{lanes}}}" for lanes in range(NUM_LANES + 1)]
    rules += [
        f".u{lane}-{colour}{{--u{lane}:oklch(var(--line) .13 {hue})}}"
        for lane in range(NUM_LANES)
        for colour, hue in enumerate(hues)
    ]
    layers = ",".join(
        f"linear-gradient(var(--u{lane},transparent) 0 0) 0 calc(100% - (var(--n) - {lane + 1})*4px)/100% 2px no-repeat"
        for lane in range(NUM_LANES)
    )
    return Template(_STYLE).substitute(layers=layers) + "\n".join(rules) + "\n"


_STYLE = """
:root{color-scheme:light dark;--page:#f7f5f1;--sheet:#fff;--text:#1d1f23;--soft:#5a5e66;--rule:#e0dcd3;
 --ink:.42;--fill:.92;--line:.62;--chip:#fff;--chroma:.13;--tint:.06;
 --sans:"Noto Sans Arabic","Segoe UI","Geeza Pro",Tahoma,sans-serif}
@media (prefers-color-scheme:dark){:root{--page:#16181b;--sheet:#1e2125;--text:#e8e6e1;--soft:#a5a9b0;--rule:#363a40;
 --ink:.85;--fill:.36;--line:.72;--chip:#16181b}}
*{box-sizing:border-box}
mark,.chip,.type,.swatch,.events li{--i:oklch(var(--ink) var(--chroma) var(--h));
 --f:oklch(var(--fill) var(--tint) var(--h));--l:oklch(var(--line) var(--chroma) var(--h))}
body{margin:0 auto;padding:2rem 1.25rem 4rem;max-width:60rem;background:var(--page);color:var(--text);
 font:1rem/1.7 var(--sans)}
h1,h2,h3,p,dl,dd,ol,ul{margin:0;padding:0}ol,ul{list-style:none}h1{font-size:1.6rem;line-height:1.4}
h2{font-size:1.15rem;padding-bottom:.4rem;border-bottom:1px solid var(--rule)}
.facts,.score,.meta,.guesses,.caution{color:var(--soft);font-weight:400}
.facts,.meta,.guesses,.caution{font-size:.85rem}.score{font-size:.75rem}
article{margin-top:1.5rem;padding:1.25rem 1.5rem 1.5rem;background:var(--sheet);border:1px solid var(--rule);
 border-radius:10px}
.meta{display:flex;flex-wrap:wrap;gap:0 1.25rem;margin-top:.5rem}
.meta dt,.meta dd{display:inline}.meta dt::after{content:":"}
.plain,.text{font-family:"Noto Naskh Arabic",Amiri,"Geeza Pro","Times New Roman",serif;font-size:1.2rem}
.plain{margin-top:1rem;line-height:2;white-space:pre-line}
section{margin-top:1.25rem;padding-top:1rem;border-top:1px dashed var(--rule)}
h2+section,.meta+section{border:0;padding:0}
.text{--n:0;line-height:calc(2.2em + var(--n)*4px)}
.text span[class^=u],mark{padding-bottom:max(0px,var(--n)*4px - 3px);background:$layers,var(--cap,none)}
.opens{--cap:linear-gradient(var(--soft) 0 0) right bottom/1.5px 8px no-repeat}
mark{--paint:linear-gradient(var(--f) 0 0);color:var(--i);
 background:$layers,var(--cap,none),var(--paint) 0 0/100% calc(100% - var(--n)*4px) no-repeat}
mark.planned{--paint:repeating-linear-gradient(-45deg,var(--f) 0 4px,transparent 4px 8px)}
mark.negated{--paint:linear-gradient(transparent 0 0);text-decoration:line-through 1px;outline:1px dotted var(--l)}
.chip,.role{user-select:none;white-space:nowrap}.chip,.role,.score{unicode-bidi:isolate}
.chip{display:inline-block;min-width:1.5em;margin:0 .15em;padding:0 .3em;border-radius:1em;text-align:center;
 font:700 .7rem/1.5 var(--sans);text-decoration:none;vertical-align:.25em;background:var(--i);color:var(--chip)}
.role{margin:0 .2em;font:normal .68rem/1 var(--sans);color:var(--soft);vertical-align:.3em}.role b{font-weight:600}
.events{display:grid;grid-template-columns:repeat(auto-fill,minmax(17rem,1fr));gap:.75rem;margin-top:.75rem}
.events li{padding:.5rem .8rem .6rem;border:1px solid var(--rule);border-radius:8px;
 border-inline-start:4px solid var(--l)}
.events li:target{outline:2px solid var(--l)}.events .planned{border-style:dashed}.events .negated{border-style:dotted}
h3{font-size:.95rem;color:var(--i)}
.realis{float:left;padding:0 .5em;border:1px solid;border-radius:1em;font-size:.72rem;font-weight:400}
.events dl{font-size:.9rem}.events div{display:grid;grid-template-columns:5.5em 1fr;gap:0 .6em}
dt{color:var(--soft)}.events dd{grid-column:2}.events dt,.events dd{min-width:0;overflow-wrap:anywhere}
.type{padding:0 .5em;border-radius:1em;background:var(--f);color:var(--i)}
.guesses{margin-top:.5rem}
.hidden{unicode-bidi:isolate;font:.7em monospace;border:1px dotted;color:var(--soft)}
aside{margin-top:1rem;padding:.9rem 1.25rem;border:1px solid var(--rule);border-radius:10px;font-size:.9rem}
.families{display:flex;flex-wrap:wrap;gap:.3rem 1.75rem}.families ul{display:inline}
.families ul li{display:inline;margin-inline-start:.6em;color:var(--soft)}
.swatch{display:inline-block;width:.8em;height:.8em;border-radius:3px;background:var(--l)}
.samples{display:flex;flex-wrap:wrap;gap:0 1.75rem;font-size:1rem;color:var(--soft);
 --chroma:0;--tint:0}.samples span{--u0:currentColor}
@media print{:root{color-scheme:light;--page:#fff;--sheet:#fff;--text:#000;--soft:#444;--rule:#bbb;--ink:.38;--fill:.92;
 --line:.55;--chip:#fff}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
 body{max-width:none;padding:0;font-size:10pt}article{border:0;padding:0}section,.events li{break-inside:avoid}
 h2{break-after:avoid}}
"""
