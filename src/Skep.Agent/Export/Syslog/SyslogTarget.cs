using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Skep.Agent.Config;
using Skep.Agent.Export.Delivery;
using Skep.Agent.Export.Fields;
using Skep.Agent.Export.Outgoing;

namespace Skep.Agent.Export.Syslog;

/// <summary>A receiver of syslog, or the journal. None of them answers: what the kernel has taken counts as exported.</summary>
/// <param name="endpoint">Where it is.</param>
/// <param name="issuers">The file of the certificates that a receiver's is checked with; null for those that the system trusts.</param>
/// <param name="encode">The message of an event.</param>
internal sealed class SyslogTarget(SyslogEndpoint endpoint, string? issuers, Func<FlatEvent, byte[]> encode) : IExportTarget
{
    private static readonly TimeSpan Takes = TimeSpan.FromSeconds(5);

    private readonly FieldPath _root = new();
    private Socket? _socket;
    private Stream? _stream;

    /// <inheritdoc/>
    public async Task<SendResult> Send(IReadOnlyList<ExportItem> items, CancellationToken stop)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(stop);
        late.CancelAfter(Takes);
        var progress = new Progress();
        string error;
        try
        {
            if (HasEnded()) Close();
            if (_socket is null) await Connect(late.Token).ConfigureAwait(false);
            if (_stream is not null)
                await SendFrames(items, late.Token).ConfigureAwait(false);
            else
                await SendDatagrams(items, progress, late.Token).ConfigureAwait(false);
            return new(SendOutcome.Taken, progress.Remark) { Rejected = progress.TooLong };
        }
        catch (OperationCanceledException)
        {
            error = $"it takes nothing for {Takes.TotalSeconds:0} s";
        }
        catch (Exception e) when (e is SocketException or IOException or AuthenticationException or InvalidOperationException
            or InvalidDataException)
        {
            error = e.Message;
        }

        Close();
        return new(SendOutcome.Later, error) { ItemsSent = progress.Sent, Rejected = progress.TooLong };
    }

    /// <inheritdoc/>
    public void Dispose() => Close();

    private async Task Connect(CancellationToken stop)
    {
        bool isLocal = endpoint.Kind is SyslogKind.Unix or SyslogKind.Journal;
        _socket = isLocal ? new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified)
            : endpoint.Kind == SyslogKind.Udp ? new Socket(SocketType.Dgram, ProtocolType.Udp)
            : new Socket(SocketType.Stream, ProtocolType.Tcp);
        if (isLocal)
        {
            // .NET says of a path that is not there that an address is not available.
            try
            {
                await _socket.ConnectAsync(new UnixDomainSocketEndPoint(endpoint.Name), stop).ConfigureAwait(false);
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressNotAvailable)
            {
                throw new IOException($"there is no socket {endpoint.Name}", e);
            }

            return;
        }

        await _socket.ConnectAsync(endpoint.Name, endpoint.Port, stop).ConfigureAwait(false);
        if (endpoint.Kind == SyslogKind.Udp) return;
        var plain = new NetworkStream(_socket);
        if (endpoint.Kind == SyslogKind.Tcp)
        {
            _stream = plain;
            return;
        }

        SslClientAuthenticationOptions options = OutgoingTls.Options(issuers);
        options.TargetHost = endpoint.Name;
        var tls = new SslStream(plain);
        _stream = tls;
        await tls.AuthenticateAsClientAsync(options, stop).ConfigureAwait(false);
    }

    // All in one: where it breaks off, the receiver alone knows, and all are sent again.
    private async Task SendFrames(IReadOnlyList<ExportItem> items, CancellationToken stop)
    {
        using var frames = new MemoryStream();
        foreach (ExportItem item in items)
        {
            byte[] message = encode(FlatEvent.Of(item.Data, _root));
            frames.Write(Encoding.ASCII.GetBytes(message.Length.ToString(CultureInfo.InvariantCulture) + " "));
            frames.Write(message);
        }

        await _stream!.WriteAsync(frames.GetBuffer().AsMemory(0, (int)frames.Length), stop).ConfigureAwait(false);
        await _stream.FlushAsync(stop).ConfigureAwait(false);
    }

    private async Task SendDatagrams(IReadOnlyList<ExportItem> items, Progress progress, CancellationToken stop)
    {
        foreach (ExportItem item in items)
        {
            byte[] message = encode(FlatEvent.Of(item.Data, _root));
            try
            {
                await _socket!.SendAsync(message, SocketFlags.None, stop).ConfigureAwait(false);
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.MessageSize)
            {
                progress.TooLong += item.Records;
                progress.Remark = $"a message of {message.Length} bytes is too long for it";
            }

            progress.Sent++;
        }
    }

    // A receiver of syslog sends nothing: what can be read is the end.
    private bool HasEnded() => _stream is not null && _socket!.Poll(TimeSpan.Zero, SelectMode.SelectRead) && _socket.Available == 0;

    private void Close()
    {
        _stream?.Dispose();
        _socket?.Dispose();
        (_stream, _socket) = (null, null);
    }

    private sealed class Progress
    {
        public int Sent { get; set; }

        public int TooLong { get; set; }

        public string? Remark { get; set; }
    }
}
