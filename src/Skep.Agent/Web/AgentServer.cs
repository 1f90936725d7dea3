using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Skep.Agent.Config;
using Skep.Linux.Files;

namespace Skep.Agent.Web;

/// <summary>Serves HTTP: on an address of loopback, for those who know the token, and on a socket of root.</summary>
internal sealed class AgentServer : IDisposable
{
    private const int MostConnections = 64, MostHeaderBytes = 16 * 1024, MostLineBytes = 4 * 1024;
    private static readonly TimeSpan HeadersTake = TimeSpan.FromSeconds(10), EndTakes = TimeSpan.FromSeconds(1);

    private readonly KestrelServer _server;
    private readonly string _socketPath;
    private readonly ServerCertificate? _certificate;
    private bool _isDisposed;

    private AgentServer(KestrelServer server, ServerCertificate? certificate, string socketPath, AccessToken token)
    {
        (_server, _certificate, _socketPath, Token) = (server, certificate, socketPath, token);
    }

    /// <summary>What requests by TCP need.</summary>
    public AccessToken Token { get; }

    /// <summary>Begins to serve.</summary>
    /// <param name="config">Where.</param>
    /// <param name="handle">Answers a request; with whether it came by the socket of root, and the token.</param>
    /// <exception cref="IOException">The address is in use, the socket cannot be made, or a file of TLS cannot be read.</exception>
    /// <exception cref="InvalidDataException">The certificate or its key is none, or others may read or write their files.</exception>
    public static AgentServer Start(AgentConfig config, Func<HttpContext, bool, AccessToken, Task> handle)
    {
        AccessToken token = AccessToken.Create(config.TokenPath);
        PrivateFile.Remove(config.SocketPath);
        var options = new KestrelServerOptions { AddServerHeader = false, AllowSynchronousIO = false };
        options.Limits.MaxConcurrentConnections = MostConnections;
        options.Limits.MaxRequestBodySize = 0;
        options.Limits.MaxRequestHeadersTotalSize = MostHeaderBytes;
        options.Limits.MaxRequestLineSize = MostLineBytes;
        options.Limits.RequestHeadersTimeout = HeadersTake;
        // The directory of the socket is root's alone.
        options.ListenUnixSocket(config.SocketPath, end => end.Protocols = HttpProtocols.Http1);
        ServerCertificate? certificate = config is { Listen.Length: > 0, WebCertificate: { } chain, WebKey: { } key }
            ? ServerCertificate.Open(chain, key) : null;
        if (config.Listen.Length > 0)
        {
            options.Listen(IPEndPoint.Parse(config.Listen), end =>
            {
                end.Protocols = HttpProtocols.Http1;
                if (certificate is not null)
                    end.Use(next => connection => TlsConnection.Serve(connection, certificate.Options, next));
            });
        }

        var transport = new SocketTransportFactory(Options.Create(new SocketTransportOptions()), NullLoggerFactory.Instance);
        var server = new KestrelServer(Options.Create(options), transport, NullLoggerFactory.Instance);
        try
        {
            server.StartAsync(new Application((context, isLocal) => handle(context, isLocal, token)), CancellationToken.None)
                .GetAwaiter().GetResult();
            PrivateFile.Restrict(config.SocketPath);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            server.Dispose();
            certificate?.Dispose();
            throw new IOException($"serving {config.Listen} and {config.SocketPath}: {e.Message} (listen names another address)", e);
        }

        return new AgentServer(server, certificate, config.SocketPath, token);
    }

    /// <summary>Reads the certificate and its key again, for connections to come.</summary>
    /// <exception cref="IOException">They cannot be read; those before are served.</exception>
    /// <exception cref="InvalidDataException">The same.</exception>
    public void ReadCertificateAgain() => _certificate?.ReadAgain();

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        using (var soon = new CancellationTokenSource(EndTakes))
        {
            try
            {
                _server.StopAsync(soon.Token).GetAwaiter().GetResult();
            }
            catch (OperationCanceledException)
            {
                // Who still reads is cut off.
            }
        }

        _server.Dispose();
        _certificate?.Dispose();
        PrivateFile.Remove(_socketPath);
    }

    private sealed class Application(Func<HttpContext, bool, Task> handle) : IHttpApplication<HttpContext>
    {
        public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

        public void DisposeContext(HttpContext context, Exception? exception)
        {
        }

        // What comes by a unix socket has no address.
        public Task ProcessRequestAsync(HttpContext context) => handle(context, context.Connection.RemoteIpAddress is null);
    }
}
