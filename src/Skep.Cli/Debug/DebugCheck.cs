using System.Text.Json;
using Skep.Bpf;
using Skep.Cli.Common;
using Skep.Debug.Debugger;
using Skep.Debug.Objects;
using Skep.Debug.Replay;
using Skep.Linux.Files;
using Skep.Output;

namespace Skep.Cli.Debug;

/// <summary><c>skep debug --check</c>: the same input in the machine and in the kernel.</summary>
internal static class DebugCheck
{
    /// <summary>Runs both and prints what differs.</summary>
    /// <returns>The exit code: 0 when nothing does.</returns>
    public static int Run(string file, DebugTarget target, OutputForm form)
    {
        CheckedRun run;
        try
        {
            byte[] elf = InputFile.ReadBytes(file, InputLimit.Code);
            using ObjectProgram loaded = ObjectProgram.Load(elf, Path.GetFileName(file), ProgramName.Of(target.Code).ToString());
            run = KernelCheck.Run(target, loaded.Program);
        }
        catch (BpfLoadException e)
        {
            return Message.Error($"{e.Message} (skep prog verify {file} explains it)", ExitCode.Failed);
        }

        StandardOutput.Write(form, json => WriteJson(json, run), text =>
        {
            if (run.Differences.Count == 0) text.WriteLine($"the machine and the kernel agree: the program returns {run.Kernel}");
            foreach (string difference in run.Differences) text.WriteLine(SafeText.Escape(difference));
            foreach (string left in run.Left) text.WriteLine($"not compared: {SafeText.Escape(left)}");
        });
        return run.Differences.Count == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private static void WriteJson(Utf8JsonWriter json, CheckedRun run)
    {
        json.WriteStartObject();
        json.WriteBoolean("same", run.Differences.Count == 0);
        if (run.Machine is { } value) json.WriteNumber("retval", value);
        json.WriteNumber("kernel_retval", run.Kernel);
        Write("differences", run.Differences);
        Write("not_compared", run.Left);
        json.WriteEndObject();

        void Write(string name, IReadOnlyList<string> all)
        {
            json.WriteStartArray(name);
            foreach (string one in all) json.WriteStringValue(one);
            json.WriteEndArray();
        }
    }
}
