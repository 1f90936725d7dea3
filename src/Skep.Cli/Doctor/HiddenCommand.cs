using Skep.Cli.Common;
using Skep.Inventory.Hidden;
using Skep.Inventory.Machine;
using Skep.Linux.Errors;
using Skep.Linux.Kernel;
using Skep.Output;

namespace Skep.Cli.Doctor;

/// <summary><c>skep doctor --hidden</c>.</summary>
internal static class HiddenCommand
{
    private const int FirstPauseMilliseconds = 100;

    /// <summary>0 when nothing is hidden, 1 when something is.</summary>
    public static int Run(OutputForm form)
    {
        if (!ProcessCapabilities.Read().CanUseBpf)
        {
            return Message.Error(
                "compare what shows BPF objects: not permitted (run it as root, or with CAP_SYS_ADMIN)", ExitCode.NotPermitted);
        }

        var machine = new MachineSnapshot();
        using var changes = new ProgramChanges();
        if (changes.Reason is { } reason) Message.Print($"programs that come and go meanwhile are not known: {reason}");
        HiddenReport report = HiddenExamination.Examine(() => MachineLook.Look(machine.Types), changes.Tags, Pause);
        StandardOutput.Write(form, json => HiddenWriter.WriteJson(json, report), text => HiddenWriter.WriteText(text, report));
        return report.Hidden.Count == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    // Twice as long each time: a program's symbol is removed some time after its id.
    private static void Pause(int look)
    {
        KernelReaders.Wait();
        Thread.Sleep(FirstPauseMilliseconds << look);
    }
}
