;(() => {
  const $ = (s, e = document) => e.querySelector(s)
  const $$ = (s) => [...document.querySelectorAll(s)]
  const base = document.body.dataset.base
  let at = -1
  const rows = () => $$('tr[data-href]')
  const select = (n) => {
    const all = rows()
    if (!all.length) return
    at = Math.max(0, Math.min(all.length - 1, n))
    all.forEach((r, i) => r.setAttribute('aria-selected', i === at))
    all[at].scrollIntoView({ block: 'nearest' })
  }
  const press = (name) => {
    const r = rows()[at]
    const box = r && $('input[type=checkbox]', r)
    if (box && !$$('input[name=fp]:checked').length) box.checked = true
    $(`button[data-key=${name}]`)?.click()
  }
  const copy = async (b) => {
    const text = await (await fetch(b.dataset.copy)).text()
    await navigator.clipboard.writeText(text)
    const was = b.textContent
    b.textContent = 'Copied'
    setTimeout(() => (b.textContent = was), 1200)
  }
  const go = { i: 'issues', o: 'occurrences', r: 'releases', a: 'alerts', h: 'health' }
  let g = 0
  addEventListener('keydown', (e) => {
    if (
      e.ctrlKey ||
      e.metaKey ||
      e.altKey ||
      (/^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName) && e.target.type !== 'checkbox')
    )
      return
    const k = e.key
    if (g && Date.now() - g < 1500 && go[k]) return (location.href = `${base}/${go[k]}`)
    g = k === 'g' ? Date.now() : 0
    const row = rows()[at]
    const done = {
      j: () => select(at + 1),
      k: () => select(at - 1),
      x: () => row && ($('input[type=checkbox]', row).checked ^= 1),
      o: () => row && (location.href = row.dataset.href),
      e: () => press('resolve'),
      m: () => press('mute'),
      i: () => press('ignore'),
      y: () => $('[data-copy$=".md"]')?.click(),
      c: () => $('[data-copy$=".curl"]')?.click(),
      u: () => $('.up')?.click(),
      '[': () => $('[rel=prev]')?.click(),
      ']': () => $('[rel=next]')?.click(),
      '/': () => $('.q input')?.focus(),
      '?': () => $('dialog')?.showModal(),
    }[k]
    if (done) {
      e.preventDefault()
      done()
    }
  })
  addEventListener('click', (e) => {
    const b = e.target.closest('[data-copy]')
    if (b) {
      e.preventDefault()
      void copy(b)
    }
    if (e.target.matches('.all'))
      $$('input[name=fp]').forEach((c) => (c.checked = e.target.checked))
    if (e.target.closest('dialog form')) $('dialog').close()
  })
  const shut = (e) => $$('.pick[open]').forEach((d) => d.contains(e.target) || (d.open = false))
  addEventListener('click', shut)
  addEventListener('focusin', shut)
  addEventListener('submit', (e) => setTimeout(() => e.submitter && (e.submitter.disabled = true)))
  const tail = $('[data-tail]')
  if (tail) {
    const box = $('#live')
    let from = tail.dataset.tail
    const poll = async () => {
      if (box.checked && !document.hidden) {
        try {
          const r = await fetch(
            `${base}/tail?after=${from}&q=${encodeURIComponent(tail.dataset.q)}`,
          )
          const next = r.headers.get('x-tail')
          if (r.ok && next) {
            from = next
            tail.insertAdjacentHTML('afterbegin', await r.text())
            while (tail.rows.length > 300) tail.lastElementChild.remove()
          }
        } catch {
          // The database may be away: the next try is in two seconds.
        }
      }
      setTimeout(() => void poll(), 2000)
    }
    void poll()
  }
})()
