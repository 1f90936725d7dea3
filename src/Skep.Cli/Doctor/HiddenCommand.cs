using Skep.Cli.Common;
using Skep.Inventory.Hidden;
using Skep.Linux.Errors;
using Skep.Linux.Kernel;
using Skep.Output;

namespace Skep.Cli.Doctor;

/// <summary><c>skep doctor --hidden</c>.</summary>
internal static class HiddenCommand
{
    private const int FirstPauseMilliseconds = 100;

    /// <summary>0 when nothing is hidden, 1 when something is.</summary>
    public static int Run(bool json, bool pretty)
    {
        if (!ProcessCapabilities.Read().CanUseBpf)
            return Talk.Error("compare what shows BPF objects: not permitted (run it as root, or with CAP_SYS_ADMIN)", ExitCode.NotPermitted);
        using var changes = new ProgramChanges();
        if (changes.Reason is { } reason) Talk.Say($"programs that come and go meanwhile are not known: {SafeText.EscapeLines(reason)}");
        HiddenReport report = HiddenExamination.Examine(MachineLook.Look, changes.Tags, Pause);
        if (json) Data.WriteJson(pretty, target => HiddenWriter.WriteJson(target, report));
        else Data.WriteText(output => HiddenWriter.WriteText(output, report));
        return report.Hidden.Count == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    // Twice as long each time: a program's symbol goes some time after its id.
    private static void Pause(int look)
    {
        KernelReaders.Wait();
        Thread.Sleep(FirstPauseMilliseconds << look);
    }
}
