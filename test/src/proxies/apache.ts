import type { ProxyKind } from "./proxy.ts";

const MODULES = ["mpm_event", "authz_core", "proxy", "proxy_http", "ssl"];

/** `pass` are the directives, for the host:port of the server behind it, that pass all requests on. */
export function apacheWith(pass: (upstream: string) => string, modules: readonly string[] = []): ProxyKind {
  return {
    command: "/usr/sbin/apache2",
    arguments: (file) => ["-f", file, "-DFOREGROUND"],
    configuration: ({ plain, tls, upstream, folder, certificate, key }) => `
${[...MODULES, ...modules].map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join("\n")}
User www-data
Group www-data
ServerName localhost
ServerRoot ${folder}
DefaultRuntimeDir ${folder}
PidFile ${folder}/pid
ErrorLog ${folder}/error.log
LogLevel error
StartServers 1
Listen 127.0.0.1:${plain}
Listen 127.0.0.1:${tls} https
${pass(`127.0.0.1:${upstream}`)}
<VirtualHost 127.0.0.1:${tls}>
  SSLEngine on
  SSLCertificateFile ${certificate}
  SSLCertificateKeyFile ${key}
  ${pass(`127.0.0.1:${upstream}`)}
</VirtualHost>
`,
  };
}

/** mod_proxy_http, which from 2.4.47 on carries upgrades itself. */
export const apache: ProxyKind = apacheWith((upstream) => `ProxyPass / http://${upstream}/ upgrade=websocket`);
