using Skep.Cli.Common;
using Skep.Debug.Debugger;
using Skep.Debug.Machine.State;
using Skep.Debug.Trace.Saved;
using Skep.Linux.Files;
using Skep.Output;

namespace Skep.Cli.Debug;

/// <summary><c>skep debug --event</c>: a call that <c>skep trace --save</c> wrote.</summary>
internal static class DebugSaved
{
    /// <summary>Debugs the call, or compares it with what the kernel did.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(string path, bool isCheck, string[] commands, int? seed, IKernelLookup? kernel, OutputForm form)
    {
        SavedCall call = SavedCallFile.Read(NamedInput.ReadBytes(path, InputLimit.SavedCall), path);
        foreach (string note in SavedTarget.Notes(call)) Message.Print(note);
        if (isCheck) return Check(call, form);
        DebugTarget target = SavedTarget.Of(call);
        target = target with { Options = target.Options with { Seed = (ulong?)seed ?? target.Options.Seed, Kernel = kernel } };
        return DebugRun.Run(target, commands, form);
    }

    private static int Check(SavedCall call, OutputForm form)
    {
        IReadOnlyList<string> differences = SavedTarget.Check(call);
        StandardOutput.Write(
            form,
            json =>
            {
                json.WriteStartObject();
                json.WriteBoolean("same", differences.Count == 0);
                json.WriteNumber("kernel_retval", call.Result);
                json.WriteStartArray("differences");
                foreach (string difference in differences) json.WriteStringValue(difference);
                json.WriteEndArray();
                json.WriteEndObject();
            },
            text =>
            {
                if (differences.Count == 0) text.WriteLine($"the machine and the kernel agree: the program returned {call.Result}");
                foreach (string difference in differences) text.WriteLine(SafeText.Escape(difference));
            });
        return differences.Count == 0 ? ExitCode.Done : ExitCode.Failed;
    }
}
