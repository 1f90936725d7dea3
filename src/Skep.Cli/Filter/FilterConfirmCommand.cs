using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Skep.Cli.Common;
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
        var confirm = new Command("confirm", "Keeps the rules that apply --confirm put onto devices for a time.") { name };
        confirm.SetAction(FilterTables.Guarded("confirm a table", parsed =>
        {
            string table = parsed.GetValue(name)!;
            return Confirmation.Confirm(table, FilterTables.Say) switch
            {
                ConfirmationState.Confirmed => ExitCode.Done,
                ConfirmationState.Returned => Talk.Error($"confirming table {table}: it is too late (apply the rules again)", ExitCode.Failed),
                _ => Talk.Error($"confirming table {table}: no rules of it wait to be confirmed (skep filter apply FILE --confirm 60s applies some)", ExitCode.Failed),
            };
        }));
        return confirm;
    }

    /// <summary>On a terminal, waits for Enter; elsewhere, and in the background, says only what will happen. The kernel keeps the time in any case.</summary>
    public static int Await(string table, uint program, TimeSpan time)
    {
        string seconds = string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###} s");
        if (!Terminal.IsReadable)
        {
            Talk.Say($"the rules before return in {seconds} unless these are kept (skep filter confirm {table})");
            return ExitCode.Done;
        }

        // Both are in place before the user is told of them; what was typed before is no answer.
        PosixSignal? stop = null;
        using var signals = new StopSignals(signal => stop ??= signal);
        Terminal.DropTypedAhead();
        Task<bool> enter = LineFromTerminal();
        Talk.Say($"press Enter within {seconds} to keep these rules; Ctrl-C takes them back now (from elsewhere: skep filter confirm {table})");
        ConfirmationState state;
        while ((state = Confirmation.Look(table, program)) == ConfirmationState.Waits)
        {
            if (stop == PosixSignal.SIGINT) Confirmation.Return(table, _ => { });
            else if (stop is not null) return ExitCode.Failed;
            else if (enter is { IsCompleted: true, Result: true }) Confirmation.Confirm(table, FilterTables.Say);
            else Thread.Sleep(Glance);
        }

        if (state == ConfirmationState.Confirmed)
        {
            Talk.Say($"table {table}: the new rules stay");
            return ExitCode.Done;
        }

        AppliedTable.Mend(_ => { });
        return Talk.Error($"applying table {table}: {(stop is null ? "the new rules were not confirmed in time" : "the new rules were taken back")}; the rules before are back", ExitCode.Failed);
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
