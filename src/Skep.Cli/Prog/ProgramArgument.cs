using System.CommandLine;
using System.Globalization;
using Skep.Bpf;
using Skep.Inventory.Code;
using Skep.Inventory.Objects;
using Skep.Linux.Errors;

namespace Skep.Cli.Prog;

/// <summary>Arguments that name programs: loaded ones, or those of a file.</summary>
internal static class ProgramArgument
{
    /// <summary>The word for all programs.</summary>
    public const string All = "all";

    private static SelectableObjects<BpfProgram> Loaded => SelectableObjects.Programs();

    /// <summary>What such an argument is called in help.</summary>
    public static string Usage => $"{Loaded.Kind.Usage} | FILE";

    /// <summary>An argument that names one program, or a file.</summary>
    public static Argument<string[]> Create() => new("PROG")
    {
        Description = $"{Usage}. FILE is an ELF object or raw instructions.",
        Arity = ArgumentArity.OneOrMore,
    };

    /// <summary>An argument that names programs and files, or all loaded programs.</summary>
    public static Argument<string[]> CreateSeveral() => new("PROG")
    {
        Description = $"all, or one or more of {Usage}. FILE is an ELF object or raw instructions.",
        Arity = ArgumentArity.OneOrMore,
    };

    /// <summary>The programs that words name one after the other; <c>all</c> stands for those that are loaded.</summary>
    public static IEnumerable<string[]> Expand(IReadOnlyList<string> words) => words is [All] && !File.Exists(All)
        ? KernelObjects.ProgramIds().Select(id => new[] { "id", id.ToString(CultureInfo.InvariantCulture) })
        : Split(words);

    /// <summary>Reads the code of each program that words name, of a file that of each in it. Empty with a mistake.</summary>
    /// <exception cref="KernelException">There is no such program, or it may not be read.</exception>
    /// <exception cref="InvalidDataException">None has the name or the tag, or a file holds no BPF code.</exception>
    public static IReadOnlyList<ProgramCode> ReadAll(IReadOnlyList<string> words, TargetKernel kernel, out string? mistake)
    {
        mistake = null;
        if (words is [All] && !File.Exists(All)) return [.. LoadedCodeReader.ReadEach(KernelObjects.ProgramIds(), kernel)];
        var all = new List<ProgramCode>();
        foreach (string[] one in Split(words))
        {
            all.AddRange(ReadCode(one, kernel, out mistake));
            if (mistake is not null) return [];
        }

        return all;
    }

    /// <summary>Reads a selector. False without a mistake: the words name no loaded program, but may be a file.</summary>
    public static bool TryParse(IReadOnlyList<string> words, out ObjectSelector selector, out string? mistake)
    {
        selector = default;
        mistake = null;
        bool isFile = words is [string word] && (File.Exists(word) || !(ObjectSelector.IsId(word) || ObjectSelector.IsKey(word)));
        return !isFile && ObjectSelector.TryParse(words, Loaded.Kind, out selector, out mistake, "a file");
    }

    /// <summary>Opens the program that words name. False without a mistake: they name no loaded program, but may be a file.</summary>
    /// <exception cref="KernelException">There is no such program.</exception>
    /// <exception cref="InvalidDataException">None has the name or the tag.</exception>
    public static bool TryOpen(IReadOnlyList<string> words, out BpfProgram? program, out string? mistake)
    {
        program = TryParse(words, out ObjectSelector selector, out mistake) ? Loaded.OpenOne(selector, out mistake) : null;
        return program is not null;
    }

    /// <summary>Reads the code of the program that words name; of a file, that of each program in it. Empty with a mistake.</summary>
    /// <param name="words">The words.</param>
    /// <param name="kernel">The one that runs here.</param>
    /// <param name="mistake">What is wrong with the words.</param>
    /// <exception cref="KernelException">There is no such program, or it may not be read.</exception>
    /// <exception cref="InvalidDataException">None has the name or the tag, or a file holds no BPF code.</exception>
    public static IReadOnlyList<ProgramCode> ReadCode(IReadOnlyList<string> words, TargetKernel kernel, out string? mistake)
    {
        if (TryOpen(words, out BpfProgram? program, out mistake))
            using (program) return [LoadedCodeReader.Read(program!, kernel)];
        return mistake is null ? CodeFileReader.Read(words[0], kernel) : [];
    }

    /// <summary>Opens all programs that a selector selects, one after the other.</summary>
    public static IEnumerable<BpfProgram> Open(ObjectSelector selector) => Loaded.Open(selector);

    /// <summary>The maps of the loaded program that words name, in the order in which its code refers to them; none of another.</summary>
    public static IReadOnlyList<BpfMap> MapsOf(IReadOnlyList<string> words)
    {
        if (!TryOpen(words, out BpfProgram? program, out _)) return [];
        using (program) return [.. program!.GetMapIds().Select(BpfMap.OpenById)];
    }

    /// <summary>The programs that words name one after the other: a keyword takes the word after it.</summary>
    public static List<string[]> Split(IReadOnlyList<string> words)
    {
        var programs = new List<string[]>();
        for (int at = 0; at < words.Count;)
        {
            int count = ObjectSelector.WordsAt(words, at);
            programs.Add([.. words.Skip(at).Take(count)]);
            at += count;
        }

        return programs;
    }
}
