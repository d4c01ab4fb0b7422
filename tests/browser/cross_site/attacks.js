// Everything that a page of another site can send to an API; returns what it could read of each answer.
async (api) => {
  const me = JSON.stringify({ query: '{ me { email } }' })
  const change = JSON.stringify({ query: 'mutation { updateProfile(name: "Mallory") { __typename } }' })
  const logout = JSON.stringify({ query: 'mutation { logout { __typename } }' })
  const asked = `${api}?query=${encodeURIComponent('{ me { email } }')}`
  const changed = `${api}?query=${encodeURIComponent('mutation { logout { __typename } }')}`
  const read = {}
  const attempt = async (name, work) => {
    try { read[name] = String(await work()) } catch (error) { read[name] = `refused: ${error.name}` }
  }
  const sends = (url, options) => async () =>
    (await fetch(url, { credentials: 'include', ...options })).text()
  const json = { 'Content-Type': 'application/json' }
  await attempt('fetch', sends(api, { method: 'POST', headers: json, body: me }))
  await attempt('fetch to change', sends(api, { method: 'POST', headers: json, body: change }))
  for (const [what, body] of Object.entries({ me, change, logout })) {
    await attempt(`simple fetch, ${what}`, sends(api, { method: 'POST', body }))
    await attempt(`no-cors, ${what}`, sends(api, { method: 'POST', mode: 'no-cors', body }))
    await attempt(`no-cors JSON, ${what}`,
      sends(api, { method: 'POST', mode: 'no-cors', headers: json, body: new Blob([body]) }))
    await attempt(`beacon, ${what}`, () => navigator.sendBeacon(api, new Blob([body])))
  }
  for (const url of [asked, changed]) {
    await attempt(`GET ${url}`, sends(url, {}))
    await attempt(`no-cors GET ${url}`, sends(url, { mode: 'no-cors' }))
  }
  const loads = (element, url) => () => new Promise((done) => {
    element.onload = () => {
      let inside = ''
      try { inside = element.contentDocument?.body.innerText ?? '' } catch { inside = '' }
      done(`loaded: ${inside}`)
    }
    element.onerror = () => done('not loaded')
    if (url) element.src = url
    document.body.append(element)
  })
  for (const tag of ['img', 'script', 'iframe', 'video'].slice(0, 3))
    for (const url of [asked, changed]) await attempt(`${tag} ${url}`, loads(document.createElement(tag), url))
  const field = (form, name, value) => {
    const input = Object.assign(document.createElement('input'), { name, value })
    form.append(input)
  }
  for (const enctype of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'])
    for (const body of [me, change, logout]) {
      const frame = Object.assign(document.createElement('iframe'), { name: `f${Math.random()}` })
      document.body.append(frame)
      const form = Object.assign(document.createElement('form'),
        { method: 'POST', action: api, enctype, target: frame.name })
      if (enctype === 'text/plain') field(form, body.slice(0, -1) + ',"x":"', '"}')
      else field(form, 'query', JSON.parse(body).query)
      document.body.append(form)
      await attempt(`form ${enctype}`, async () => {
        const loaded = loads(frame)()
        form.submit()
        return loaded
      })
    }
  return read
}
