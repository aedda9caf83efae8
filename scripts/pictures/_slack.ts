/** Draws a Slack message as Slack does, from the payload that klaxon posted. */

export interface Message {
  text: string
  blocks?: Block[]
}

interface Text {
  type: string
  text: string
}

interface Block {
  type: string
  text?: Text
  fields?: Text[]
  elements?: (Text & { text: string | Text })[]
}

export function slackPage({ blocks = [] }: Message): string {
  return `<!doctype html><meta charset="utf-8"><style>${STYLE}</style><main>
<div class="head"><b># alerts</b></div>
<article><i class="icon"><b></b></i><div><div class="who"><b>klaxon</b><span class="app">APP</span><time>2:07 PM</time></div>
${blocks.map(block).join('')}
</div></article></main>`
}

function block({ type, text, fields, elements }: Block): string {
  switch (type) {
    case 'header':
      return `<h1>${escape(text?.text ?? '')}</h1>`
    case 'section':
      return fields === undefined
        ? `<section>${markdown(text?.text ?? '')}</section>`
        : `<section class="fields">${fields.map((field) => `<div>${markdown(field.text)}</div>`).join('')}</section>`
    case 'context':
      return `<p class="context">${(elements ?? []).map((each) => markdown(String(each.text))).join(' ')}</p>`
    case 'actions':
      return `<p>${(elements ?? []).map((each) => `<button>${escape((each.text as Text).text)}</button>`).join('')}</p>`
    default:
      return ''
  }
}

/** The three marks of mrkdwn that klaxon uses; the text is escaped already, as Slack wants it. */
function markdown(text: string): string {
  return text
    .replace(/<(https?:[^|>]+)\|([^>]+)>/g, '\u0001$2\u0002')
    .replaceAll('<', '&lt;')
    .replace(/```\n?([\s\S]*?)\n?```/g, '<pre>$1</pre>')
    .replace(/(^|\n)\*([^*\n]+)\*/g, '$1<b>$2</b>')
    .replaceAll('\u0001', '<a>')
    .replaceAll('\u0002', '</a>')
    .replace(/:([a-z_]+):/g, (whole, name: string) => EMOJI[name] ?? whole)
    .replaceAll('\n', '<br>')
    .replace(
      /<pre>([\s\S]*?)<\/pre>/g,
      (_, code: string) => `<pre>${code.replaceAll('<br>', '\n')}</pre>`,
    )
}

const EMOJI: Record<string, string> = { warning: '⚠️' }

const escape = (text: string): string => text.replaceAll('&amp;', '&').replaceAll('<', '&lt;')

const STYLE = `
body{margin:0;background:#fff;color:#1d1c1d;font:15px/22px Lato,system-ui,"Segoe UI","DejaVu Sans",sans-serif}
main{width:620px}
.head{padding:12px 20px;border-bottom:1px solid #ddd;font-size:17px}
article{display:flex;gap:10px;padding:16px 20px 20px}
.icon{flex:none;width:36px;height:36px;border-radius:6px;background:#1f2328;display:grid;place-items:center}
.icon b{width:14px;height:14px;border-radius:7px;background:#f85149}
.who{display:flex;gap:6px;align-items:baseline}
.app{background:#e8e8e8;color:#616061;border-radius:2px;font:700 10px/14px system-ui;padding:0 3px}
time{color:#616061;font-size:12px}
h1{font-size:18px;line-height:24px;margin:6px 0}
section{margin:8px 0;overflow-wrap:anywhere}
.fields{display:grid;grid-template-columns:1fr 1fr;gap:8px 16px}
pre{margin:4px 0 0;background:#f8f8f8;border:1px solid #ddd;border-radius:4px;padding:8px;font:12px/18px Menlo,"DejaVu Sans Mono",monospace;white-space:pre-wrap;overflow-wrap:anywhere}
a{color:#1264a3}
.context{color:#616061;font-size:12px;line-height:16px;margin:8px 0}
button{font:700 13px/18px system-ui,sans-serif;color:#1d1c1d;background:#fff;border:1px solid #bbb;border-radius:4px;padding:4px 12px 6px;margin-right:8px}`
