// Subscribe with no token; returns how the socket closed, and all that was heard.
(api) => new Promise((done) => {
  const seen = []
  const socket = new WebSocket(api, 'graphql-transport-ws')
  socket.onopen = () => socket.send(JSON.stringify({ type: 'connection_init', payload: {} }))
  socket.onmessage = ({ data }) => {
    seen.push(data)
    const { type } = JSON.parse(data)
    const payload = { query: 'subscription { somebody }' }
    if (type === 'connection_ack') socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload }))
    if (type === 'complete') socket.close(1000)
  }
  socket.onclose = ({ code }) => done([code, seen.join('')])
})
