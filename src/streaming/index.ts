/**
 * exec, attach and port-forward on the wire: WebSocket channels, SPDY/3.1, and SPDY within WebSocket, each as server and as client. What runs the
 * commands (a kubelet, by its container runtime) and who asks (kubectl) meet in `RemoteCommandStreams` and `PortForwardServer`.
 */
export { acceptPortForward, acceptRemoteCommand } from './accept.ts';
export * from './port-forward.ts';
export * from './remote-command.ts';
export { connectPortForwardSpdy } from './spdy/port-forward.ts';
export { connectRemoteCommandSpdy } from './spdy/remote-command.ts';
export * from './status.ts';
export { joinSockets, proxyUpgrade, upgrade, UpgradeRefused, upgradeKind, type UpgradeTarget } from './upgrade.ts';
export { connectPortForwardWebSocket } from './websocket/port-forward.ts';
export { connectRemoteCommandWebSocket } from './websocket/remote-command.ts';
