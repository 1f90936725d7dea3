using Skep.Bpf;
using Skep.Bpf.Elf;
using Skep.Cli.Prog;
using Skep.Debug.Debugger;
using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.Objects;
using Skep.Debug.Machine.State;
using Skep.Debug.Objects;
using Skep.Inventory.Code;
using Skep.Inventory.Machine;
using Skep.Linux.Files;

namespace Skep.Cli.Debug;

/// <summary>The program that words of a command line name, to be debugged.</summary>
internal static class DebugTargets
{
    /// <summary>Finds it. Null with a mistake.</summary>
    /// <param name="words">A file, or a loaded program.</param>
    /// <param name="only">The program of the file; null where it has one only.</param>
    /// <param name="directory">The directory of <c>watch --save</c> with the original; null to take what is loaded.</param>
    /// <param name="mistake">What is wrong with the words.</param>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="InvalidDataException">It holds no program.</exception>
    public static DebugTarget? Choose(string[] words, string? only, string? directory, out string? mistake)
    {
        TargetKernel kernel = new MachineSnapshot().Kernel;
        if (directory is not null)
        {
            if (DumpedPrograms.ReadOriginal(words, directory, kernel, out mistake) is not [var original]) return null;
            if (!ProgramArgument.TryOpen(words, out BpfProgram? live, out _)) return Of(original);
            using (live) return OfLoaded(LoadedTarget.WithMaps(original, LoadedCodeReader.Read(live!, kernel)));
        }

        if (ProgramArgument.TryOpen(words, out BpfProgram? loaded, out mistake))
            using (loaded) return OfLoaded(LoadedCodeReader.Read(loaded!, kernel));
        return mistake is null ? OfFile(words[0], only, kernel, out mistake) : null;
    }

    private static DebugTarget Of(ProgramCode code) => new(code, new MachineInput(), new MachineOptions());

    private static DebugTarget OfLoaded(ProgramCode code) => Of(code) with { Fill = machine => LoadedTarget.Fill(code, machine) };

    private static DebugTarget? OfFile(string file, string? only, TargetKernel kernel, out string? mistake)
    {
        byte[] bytes = InputFile.ReadBytes(file, InputLimit.Code);
        IReadOnlyList<ProgramCode> programs = CodeFileReader.Read(file, bytes, kernel);
        if (!ProgramChoice.TryFind([.. programs.Select(ProgramName.Of)], only, out int index, out mistake))
        {
            mistake = $"debug {file}: {mistake}";
            return null;
        }

        ProgramCode chosen = programs[index];
        if (!ElfFile.IsElf(bytes)) return Of(chosen);

        // With those that it may call by tail calls.
        ProgramCode code = RelocatedCode.Of(chosen, bytes, Path.GetFileName(file));
        return Of(code) with { Make = options => ObjectMachine.Create(bytes, code, options) };
    }
}
