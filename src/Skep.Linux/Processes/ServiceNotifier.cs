using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Skep.Linux.Processes;

/// <summary>Tells a service manager how its service is: sd_notify(3), by the socket of <c>NOTIFY_SOCKET</c>. Without it, nobody.</summary>
public sealed class ServiceNotifier : IDisposable
{
    private readonly Socket? _socket;

    private ServiceNotifier(Socket? socket, TimeSpan? watchdog) => (_socket, WatchdogInterval) = (socket, watchdog);

    /// <summary>How often it wants to hear that the service lives; null when it does not (sd_watchdog_enabled(3)).</summary>
    public TimeSpan? WatchdogInterval { get; }

    /// <summary>Connects to the one that started this process.</summary>
    public static ServiceNotifier Connect()
    {
        if (Environment.GetEnvironmentVariable("NOTIFY_SOCKET") is not { Length: > 1 } path || path[0] is not ('/' or '@'))
            return new(null, null);
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path[0] == '@' ? '\0' + path[1..] : path));
        }
        catch (SocketException)
        {
            socket.Dispose();
            return new(null, null);
        }

        string? wanted = Environment.GetEnvironmentVariable("WATCHDOG_USEC"), process = Environment.GetEnvironmentVariable("WATCHDOG_PID");
        bool isFor = process is null || process == Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        return new(socket, isFor && long.TryParse(wanted, out long microseconds) && microseconds > 0
            ? TimeSpan.FromMicroseconds(microseconds) : null);
    }

    /// <summary>The service does what it is for.</summary>
    /// <param name="status">What it does, in a line.</param>
    public void Ready(string status) => Send($"READY=1\nSTATUS={status}");

    /// <summary>The service reads its configuration again; <see cref="Ready"/> follows.</summary>
    public void Reloading() => Send("RELOADING=1");

    /// <summary>The service ends.</summary>
    public void Stopping() => Send("STOPPING=1");

    /// <summary>The service lives.</summary>
    public void Alive() => Send("WATCHDOG=1");

    /// <inheritdoc/>
    public void Dispose() => _socket?.Dispose();

    private void Send(string state)
    {
        try
        {
            _socket?.Send(Encoding.UTF8.GetBytes(state));
        }
        catch (SocketException)
        {
            // The manager is gone, or does not listen: the service goes on.
        }
    }
}
