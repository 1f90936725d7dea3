using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace Skep.Agent.Web;

/// <summary>
/// TLS below HTTP. Kestrel's own wants the services of a host of ASP.NET Core, which this agent does without.
/// </summary>
internal static class TlsConnection
{
    private static readonly TimeSpan HandshakeTakes = TimeSpan.FromSeconds(10);

    /// <summary>Serves a connection inside TLS; one that does not shake hands ends.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="options">What is served with.</param>
    /// <param name="next">HTTP.</param>
    public static async Task Serve(ConnectionContext connection, SslServerAuthenticationOptions options, ConnectionDelegate next)
    {
        IDuplexPipe plain = connection.Transport;
        await using var tls = new SslStream(new TransportStream(plain.Input.AsStream(), plain.Output.AsStream()));
        try
        {
            using var late = CancellationTokenSource.CreateLinkedTokenSource(connection.ConnectionClosed);
            late.CancelAfter(HandshakeTakes);
            await tls.AuthenticateAsServerAsync(options, late.Token);
        }
        catch (Exception e) when (e is AuthenticationException or IOException or OperationCanceledException or InvalidOperationException)
        {
            return;
        }

        // Requests have the scheme https by it.
        connection.Features.Set<ITlsConnectionFeature>(new TlsFeature());
        var transport = new TlsPipe(PipeReader.Create(tls), PipeWriter.Create(tls));
        connection.Transport = transport;
        try
        {
            await next(connection);
        }
        finally
        {
            await transport.Input.CompleteAsync();
            await transport.Output.CompleteAsync();
            connection.Transport = plain;
        }
    }

    private sealed record TlsPipe(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    // No client has a certificate.
    private sealed class TlsFeature : ITlsConnectionFeature
    {
        public System.Security.Cryptography.X509Certificates.X509Certificate2? ClientCertificate { get; set; }

        public Task<System.Security.Cryptography.X509Certificates.X509Certificate2?> GetClientCertificateAsync(
            CancellationToken cancellationToken) => Task.FromResult(ClientCertificate);
    }

    private sealed class TransportStream(Stream input, Stream output) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => input.Read(buffer, offset, count);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            input.ReadAsync(buffer, cancellationToken);

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            input.ReadAsync(buffer, offset, count, cancellationToken);

        public override void Write(byte[] buffer, int offset, int count) => output.Write(buffer, offset, count);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            output.WriteAsync(buffer, cancellationToken);

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            output.WriteAsync(buffer, offset, count, cancellationToken);

        public override void Flush() => output.Flush();

        public override Task FlushAsync(CancellationToken cancellationToken) => output.FlushAsync(cancellationToken);

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
