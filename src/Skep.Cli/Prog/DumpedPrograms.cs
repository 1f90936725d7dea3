using System.Text.RegularExpressions;
using Skep.Bpf;
using Skep.Inventory.Code;
using Skep.Inventory.Objects;
using Skep.Linux.Errors;
using Skep.Watch.Save;

namespace Skep.Cli.Prog;

/// <summary>The programs that words of a dump name.</summary>
internal static partial class DumpedPrograms
{
    /// <summary>Reads them: of the kernel, all that have a name or a tag, or of a file. Empty with a mistake.</summary>
    /// <exception cref="KernelException">There is no such program, or it may not be read.</exception>
    /// <exception cref="InvalidDataException">None matches, or a file holds no BPF code.</exception>
    public static IReadOnlyList<ProgramCode> Read(IReadOnlyList<string> words, TargetKernel kernel, out string? mistake)
    {
        if (!ProgramArgument.TryParse(words, out ObjectSelector selector, out mistake))
            return mistake is null ? CodeFileReader.Read(words[0], kernel) : [];
        var programs = new List<ProgramCode>();
        foreach (BpfProgram program in ProgramArgument.Open(selector))
            using (program) programs.Add(Visible(LoadedCodeReader.Read(program, kernel)));
        return programs;
    }

    /// <summary>The code of a program as it was loaded.</summary>
    /// <param name="words">A loaded program; or its tag, or the SHA-256 of its instructions, also when it is removed.</param>
    /// <param name="directory">A directory of <c>watch --save</c>.</param>
    /// <param name="kernel">The one that runs here.</param>
    /// <param name="mistake">What is wrong with the words.</param>
    /// <exception cref="KernelException">There is no such program, or it may not be read.</exception>
    /// <exception cref="IOException">The directory cannot be read.</exception>
    public static IReadOnlyList<ProgramCode> ReadOriginal(
        IReadOnlyList<string> words, string directory, TargetKernel kernel, out string? mistake)
    {
        mistake = null;
        if (words is [string hash] && Sha256().IsMatch(hash)) return CodeFileReader.Read(Path.Combine(directory, hash + ".bin"), kernel);
        string? tag = words is ["tag", string given] ? given : null;
        uint id = 0;
        if (tag is null)
        {
            if (!ProgramArgument.TryOpen(words, out BpfProgram? program, out mistake))
            {
                mistake ??= $"'{words[0]}' is no program (give one of the kernel, tag TAG, or the SHA-256 of its instructions)";
                return [];
            }

            using (program)
            {
                BpfProgramInfo info = program!.GetInfo();
                (tag, id) = (info.Tag, info.Id);
            }
        }

        return SavedPrograms.Find(directory, tag, id) is { } file
            ? CodeFileReader.Read(file, kernel)
            : throw new InvalidDataException(
                $"no program in {directory} has the tag {tag} (skep watch --save keeps only what is loaded while it runs)");
    }

    private static ProgramCode Visible(ProgramCode code) => code.Bytes.Length > 0
        ? code
        : throw new NotSupportedException(
            $"read the code of program {code.Info?.Id}: the kernel hides it (that needs CAP_SYS_ADMIN, and for blinded programs "
            + "CAP_SYSLOG and kernel.kptr_restrict below 2)");

    [GeneratedRegex("^[0-9a-f]{64}$")]
    private static partial Regex Sha256();
}
