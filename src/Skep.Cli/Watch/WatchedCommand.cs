using System.Runtime.InteropServices;
using Skep.Cli.Common;
using Skep.Cli.Live;
using Skep.Linux.Errors;
using Skep.Linux.Processes;
using Skep.Linux.Streams;

namespace Skep.Cli.Watch;

/// <summary>
/// A command that is run and watched: <c>skep watch -- COMMAND</c>. A terminal sends Ctrl-C to the command as well: skep ends when the
/// command does. Another signal is passed on; one that comes before the command is there, as soon as it is.
/// </summary>
/// <param name="command">The command and its arguments.</param>
/// <param name="outputToError">Whether its standard output goes to standard error, as standard output is for events.</param>
internal sealed class WatchedCommand(string[] command, bool outputToError)
{
    private const int CommandNotFound = 127, CommandNotExecutable = 126;

    private readonly Lock _starting = new();
    private ChildProcess? _child;
    private PosixSignal? _early;
    private bool _signalled, _ended;

    /// <summary>Runs it to its end.</summary>
    /// <returns>Its exit code.</returns>
    public int Run(ILiveSource source, LiveLimits limits)
    {
        using var stop = new StopSignals(Take, endsOutput: false);
        try
        {
            Start();
        }
        catch (KernelException e)
        {
            return Message.Error(e.Message, e.Error.Name == "ENOENT" ? CommandNotFound : CommandNotExecutable);
        }

        int status = 0;
        var waiting = new Thread(() =>
        {
            status = _child!.Wait();
            lock (_starting)
            {
                _ended = true;
                if (_signalled) OutputDeadline.Set();
            }

            source.Stop();
        });
        waiting.Start();
        int code = LiveView.RunUntilStopped(source, limits, "events");
        if (waiting.IsAlive) Message.Print($"waiting for {command[0]} (pid {_child!.Pid}) to end");
        waiting.Join();
        return code == ExitCode.Done ? status : code;
    }

    private void Start()
    {
        lock (_starting)
        {
            _child = ChildProcess.Start(command[0], command.AsSpan(1), outputToError);
            if (_early is { } signal) PassOn(_child, signal);
        }
    }

    private void Take(PosixSignal signal)
    {
        lock (_starting)
        {
            _signalled = true;
            if (_ended) OutputDeadline.Set();
            if (signal == PosixSignal.SIGINT && Terminal.IsInput) return;
            if (_child is null) _early = signal;
            else PassOn(_child, signal);
        }
    }

    private static void PassOn(ChildProcess child, PosixSignal signal) => child.Signal(signal switch
    {
        PosixSignal.SIGHUP => 1,
        PosixSignal.SIGINT => 2,
        _ => 15,
    });
}
