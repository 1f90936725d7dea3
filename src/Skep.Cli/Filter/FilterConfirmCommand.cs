using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Filter.Runtime.Change;
using Skep.Filter.Runtime.Tables;
using Skep.Linux.Streams;

namespace Skep.Cli.Filter;

/// <summary><c>skep filter confirm</c>, and how <c>apply --confirm</c> waits for it.</summary>
internal static class FilterConfirmCommand
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(100);

    public static Command Create()
    {
        var name = new Argument<string>("TABLE") { Description = "The table's name." };
        var confirm = new SkepCommand("confirm", "Keeps the rules that apply --confirm attached for a time.", new(
            "docs/apply.md",
            new("skep filter confirm edge", "keep them"),
            new("skep filter apply edge.skep --confirm 60s", "what it confirms"))
        {
            Failed = "failed, or too late: the previous rules are restored",
        }) { name };
        confirm.SetAction(parsed => FilterTables.Guarded("confirm a table", () =>
        {
            string table = parsed.GetValue(name)!;
            return Confirmation.Confirm(table, Message.Print) switch
            {
                ConfirmationState.Confirmed => ExitCode.Done,
                ConfirmationState.Returned =>
                    Message.Error($"confirming table {table}: it is too late (apply the rules again)", ExitCode.Failed),
                _ => Message.Error(
                    $"confirming table {table}: no rules of it wait to be confirmed (skep filter apply FILE --confirm 60s applies some)",
                    ExitCode.Failed),
            };
        }));
        return confirm;
    }

    /// <summary>
    /// On a terminal, waits for Enter; elsewhere, and in the background, prints only what will happen. The kernel keeps the time in any
    /// case.
    /// </summary>
    public static int Await(string table, uint program, TimeSpan time)
    {
        string seconds = string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###} s");
        if (!Terminal.IsReadable)
        {
            Message.Print($"the previous rules are restored in {seconds} unless these are kept (skep filter confirm {table})");
            return ExitCode.Done;
        }

        // Both are in place before the question is printed; what was typed before is no answer.
        PosixSignal? stop = null;
        using var signals = new StopSignals(signal => stop ??= signal);
        Terminal.DropTypedAhead();
        Task<bool> enter = LineFromTerminal();
        Message.Print($"press Enter within {seconds} to keep these rules; Ctrl-C restores the previous ones now "
            + $"(from elsewhere: skep filter confirm {table})");
        ConfirmationState state;
        while ((state = Confirmation.Look(table, program)) == ConfirmationState.Waits)
        {
            if (stop == PosixSignal.SIGINT) Confirmation.Return(table, _ => { });
            else if (stop is not null) return ExitCode.Failed;
            else if (enter is { IsCompleted: true, Result: true }) Confirmation.Confirm(table, Message.Print);
            else Thread.Sleep(Glance);
        }

        if (state == ConfirmationState.Confirmed)
        {
            Message.Print($"table {table}: the new rules stay");
            return ExitCode.Done;
        }

        AppliedTable.Recover(_ => { });
        string why = stop is null ? "the new rules were not confirmed in time" : "the new rules were withdrawn";
        return Message.Error($"applying table {table}: {why}; the previous rules are restored", ExitCode.Failed);
    }

    // Not by Console.In, which changes the terminal's settings for it. The end of the terminal is no answer.
    private static Task<bool> LineFromTerminal() => Task.Factory.StartNew(
        () =>
        {
            using var input = new StreamReader(new FileStream(new SafeFileHandle(0, ownsHandle: false), FileAccess.Read, bufferSize: 0));
            return input.ReadLine() is not null;
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);
}
