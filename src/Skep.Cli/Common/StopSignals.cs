using System.Runtime.InteropServices;
using Skep.Linux.Streams;

namespace Skep.Cli.Common;

/// <summary>
/// Turns the signals that end a program into a call. From the first on, output waits for its reader no longer than a moment.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private static readonly PosixSignal[] Signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP];

    private readonly PosixSignalRegistration[] _registrations;
    private readonly Lock _calling = new();
    private readonly ReaderWatch? _reader;
    private bool _ended;

    /// <summary>Begins to take them.</summary>
    /// <param name="stop">Called from another thread.</param>
    /// <param name="endsOutput">Whether the signals end what this process writes; else that is left to the call.</param>
    /// <param name="onHangUp">Called at HUP, from another thread: true when that ends nothing; null when it does.</param>
    public StopSignals(Action<PosixSignal> stop, bool endsOutput = true, Func<bool>? onHangUp = null)
    {
        _registrations = Array.ConvertAll(Signals, signal => PosixSignalRegistration.Create(signal, Take));

        void Take(PosixSignalContext context)
        {
            context.Cancel = true;
            lock (_calling)
            {
                if (_ended || (context.Signal == PosixSignal.SIGHUP && onHangUp?.Invoke() == true)) return;
                if (endsOutput) OutputDeadline.Set();
                stop(context.Signal);
            }
        }
    }

    private StopSignals(Action stop) : this(_ => stop()) => _reader = new ReaderWatch(stop);

    /// <summary>Those of a command that goes on until it is stopped: also when nobody reads its standard output any more.</summary>
    public static StopSignals OfLive(Action stop) => new(stop);

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations) registration.Dispose();
        _reader?.Dispose();
        lock (_calling) _ended = true;
    }
}
