using System.Text.Json;
using Skep.Agent.Config;
using Skep.Agent.Query;
using Skep.Analysis.Decompile;
using Skep.Analysis.Drawing;
using Skep.Analysis.Explain;
using Skep.Analysis.Listing;
using Skep.Bpf;
using Skep.Inventory.Code;
using Skep.Inventory.Machine;
using Skep.Inventory.Objects;
using Skep.Linux.Errors;
using Skep.Linux.Processes;
using Skep.Linux.Streams;
using Skep.Output;

namespace Skep.Agent.Inspect;

/// <summary>
/// Analyses one program and prints the answer: a process of its own, as a program may be made so that its analysis takes all the memory and
/// time that there are.
/// </summary>
public static class AnalysisWorker
{
    /// <summary>What it may take.</summary>
    internal const int Seconds = 10;

    private const ulong MostBytes = 1UL << 30;
    private const int Niceness = 5;

    /// <summary>Whether arguments have Skep be it.</summary>
    public static bool IsThis(IReadOnlyList<string> arguments) => AnalysisRequest.Of(arguments) is not null;

    /// <summary>Does it.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(IReadOnlyList<string> arguments)
    {
        AnalysisRequest request = AnalysisRequest.Of(arguments)!;
        using DescriptorStream output = DescriptorStream.StandardOutput();
        try
        {
            ProcessLimits.Bind(Seconds, MostBytes, Niceness);
            using var json = new Utf8JsonWriter(output, OutputForm.Json.JsonOptions());
            Write(json, request);
            return (int)AnalysisEnd.Done;
        }
        catch (Exception e)
        {
            (AnalysisEnd end, string text) = e switch
            {
                OutOfMemoryException or InsufficientExecutionStackException => (AnalysisEnd.TooLarge, "it takes more memory than it may"),
                KernelException { Error.Name: "ENOENT" } => (AnalysisEnd.None, e.Message),
                FileNotFoundException => (AnalysisEnd.None, e.Message),
                KernelException or IOException or UnauthorizedAccessException => (AnalysisEnd.Failed, e.Message),
                NotSupportedException or InvalidDataException => (AnalysisEnd.Refused, e.Message),
                _ => (AnalysisEnd.Fault, $"{e.GetType().Name}: {e.Message}"),
            };
            output.Write(System.Text.Encoding.UTF8.GetBytes(AnalysisAnswer.Mark + text));
            return (int)end;
        }
    }

    private static void Write(Utf8JsonWriter json, AnalysisRequest request)
    {
        var machine = new MachineSnapshot();
        if (request.Kind == AnalysisKind.Versions)
        {
            WriteVersions(json, request.Path!, machine);
            return;
        }

        ProgramCode code = CodeOf(request, machine);
        switch (request.Kind)
        {
            case AnalysisKind.Explain: ExplanationJson.Write(json, Explain(code, machine)); break;
            case AnalysisKind.Records: ExplanationJson.WriteRecords(json, Explain(code, machine)); break;
            case AnalysisKind.Code: CodeJsonWriter.Write(json, Decompilation.Of(code)); break;
            default: FlowLayoutWriter.Write(json, code); break;
        }
    }

    // The code of programs is below the directory of the history: AgentConfig.ProgramsDirectory.
    private static void WriteVersions(Utf8JsonWriter json, string path, MachineSnapshot machine)
    {
        using HistoryReader reader = HistoryReader.Open(
            new AgentConfig { StateDirectory = Path.GetDirectoryName(Path.GetDirectoryName(path))! });
        HistoryProgram? program = reader.Find(Path.GetFileNameWithoutExtension(path)).FirstOrDefault();
        HistoryJson.WriteVersions(json, program is null ? [] : ProgramVersion.Of(reader, program, machine.Kernel));
    }

    private static ProgramCode CodeOf(AnalysisRequest request, MachineSnapshot machine)
    {
        if (request.Path is { } path) return CodeFileReader.Read(path, machine.Kernel)[0];
        using BpfProgram program = BpfProgram.OpenById(request.Id);
        ProgramCode code = LoadedCodeReader.Read(program, machine.Kernel);
        return code.Bytes.Length > 0 ? code : throw new NotSupportedException(
            $"reading the code of program {request.Id}: the kernel hides it (that needs CAP_SYS_ADMIN, and for blinded programs "
            + "CAP_SYSLOG and kernel.kptr_restrict below 2)");
    }

    private static Explanation Explain(ProgramCode code, MachineSnapshot machine) => code.Info is { } info
        ? Explainer.Explain(code, ProgramSurroundings.Read(info.Id, machine)) : Explainer.Explain(code);
}
