using System.Diagnostics;
using System.Globalization;
using Skep.Agent.Alerts.Rules;
using Skep.Linux.Errors;
using Skep.Linux.Files;
using Skep.Linux.Processes;

namespace Skep.Agent.Alerts.Send;

/// <summary>Runs a program for each alert, one after the other; it reads the alert from its standard input.</summary>
internal sealed class CommandSender(CommandTarget target) : IAlertSender
{
    private const int Kill = 9;
    private static readonly TimeSpan MayTake = TimeSpan.FromSeconds(10), LookEvery = TimeSpan.FromMilliseconds(20);

    /// <inheritdoc/>
    public string Name => target.Name;

    /// <inheritdoc/>
    public SendResult Send(byte[] json, CancellationToken end)
    {
        string program = target.Arguments[0];
        try
        {
            using var input = new MemoryFile("alert");
            input.Write(json);
            input.Write("\n"u8);
            ChildProcess child = ChildProcess.StartReading(program, [.. target.Arguments.Skip(1)], input.InheritedPath);
            long begun = Stopwatch.GetTimestamp();
            int status;
            while (!child.HasEnded(out status))
            {
                if (Stopwatch.GetElapsedTime(begun) > MayTake || end.IsCancellationRequested)
                {
                    child.Signal(Kill);
                    child.Wait();
                    return new($"{program} did not end in {MayTake.TotalSeconds:0} s", IsWorthRetry: false);
                }

                Thread.Sleep(LookEvery);
            }

            return status == 0 ? SendResult.Sent
                : new(string.Create(CultureInfo.InvariantCulture, $"{program} ended with status {status}"), IsWorthRetry: false);
        }
        catch (KernelException e)
        {
            return new(e.Message, IsWorthRetry: false);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
