using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Skep.Cli.Tests;

/// <summary>What holds for the sources as a whole.</summary>
public sealed class ArchitectureTests
{
    private const int LongestFile = 400;

    private static readonly string[] UnsafeProjects = ["Skep.Linux", "Skep.Bpf"];

    // What each project may use.
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Skep.Linux"] = [],
        ["Skep.Output"] = [],
        ["Skep.Isa"] = [],
        ["Skep.Packets"] = [],
        ["Skep.Signing"] = [],
        ["Skep.Bpf"] = ["Skep.Linux", "Skep.Isa"],
        ["Skep.Inventory"] = ["Skep.Linux", "Skep.Output", "Skep.Isa", "Skep.Bpf"],
        ["Skep.Maps"] = ["Skep.Linux", "Skep.Output", "Skep.Isa", "Skep.Bpf", "Skep.Inventory"],
        ["Skep.Watch"] = ["Skep.Linux", "Skep.Output", "Skep.Isa", "Skep.Bpf", "Skep.Inventory", "Skep.Maps"],
        ["Skep.Analysis"] = ["Skep.Linux", "Skep.Output", "Skep.Isa", "Skep.Bpf", "Skep.Inventory", "Skep.Maps", "Skep.Watch"],
        ["Skep.Filter"] = ["Skep.Output", "Skep.Isa", "Skep.Packets"],
        ["Skep.Filter.Runtime"] = ["Skep.Linux", "Skep.Output", "Skep.Isa", "Skep.Bpf", "Skep.Packets", "Skep.Filter"],
        ["Skep.Guard"] =
        [
            "Skep.Linux", "Skep.Output", "Skep.Isa", "Skep.Bpf", "Skep.Packets", "Skep.Inventory", "Skep.Maps", "Skep.Watch",
            "Skep.Analysis", "Skep.Filter",
        ],
        ["Skep.Debug"] =
        [
            "Skep.Linux", "Skep.Output", "Skep.Isa", "Skep.Bpf", "Skep.Packets", "Skep.Inventory", "Skep.Maps", "Skep.Watch",
            "Skep.Analysis",
        ],
        ["Skep.Agent"] =
        [
            "Skep.Linux", "Skep.Output", "Skep.Isa", "Skep.Bpf", "Skep.Packets", "Skep.Inventory", "Skep.Maps", "Skep.Watch",
            "Skep.Analysis", "Skep.Filter", "Skep.Filter.Runtime", "Skep.Guard", "Skep.Signing",
        ],
        ["Skep.Cli"] =
        [
            "Skep.Linux", "Skep.Output", "Skep.Isa", "Skep.Bpf", "Skep.Packets", "Skep.Inventory", "Skep.Maps", "Skep.Watch",
            "Skep.Analysis", "Skep.Filter", "Skep.Filter.Runtime", "Skep.Guard", "Skep.Debug", "Skep.Agent", "Skep.Signing",
        ],
    };

    private static readonly string Root =
        typeof(ArchitectureTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepoRoot").Value!;

    public static TheoryData<string> Projects => [.. Allowed.Keys];

    [Fact]
    public void Every_project_has_its_place() => Assert.Equal(Allowed.Keys.Order(),
        Directory.EnumerateFiles(Path.Combine(Root, "src"), "*.csproj", SearchOption.AllDirectories)
            .Select(p => Path.GetFileNameWithoutExtension(p)).Order());

    [Theory]
    [MemberData(nameof(Projects))]
    public void References_point_one_way(string project)
    {
        IEnumerable<string> used = XDocument.Load(Path.Combine(Root, "src", project, project + ".csproj")).Descendants("ProjectReference")
            .Select(r => Path.GetFileNameWithoutExtension((string)r.Attribute("Include")!));
        Assert.Empty(used.Except(Allowed[project]));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Namespaces_are_used_along_the_references(string project) => Assert.All(Sources(project), file =>
    {
        IEnumerable<string> used = Regex.Matches(File.ReadAllText(file), @"^using (?:static )?(Skep\.[\w.]+)", RegexOptions.Multiline)
            .Select(m => Allowed.Keys.Where(
                    key => m.Groups[1].Value == key || m.Groups[1].Value.StartsWith(key + ".", StringComparison.Ordinal))
                .MaxBy(key => key.Length) ?? m.Groups[1].Value).Distinct();
        Assert.True(!used.Except([.. Allowed[project], project]).Any(), $"{file} uses {string.Join(", ", used)}");
    });

    [Fact]
    public void Only_two_projects_have_unsafe_code()
    {
        var unsafeCode =
            new Regex(@"\bunsafe\b(?! fn)|\[DllImport|\[LibraryImport|\bfixed \(|Marshal\.(AllocHGlobal|Copy|PtrTo|GetDelegateFor)");
        AssertNone(Allowed.Keys.Except(UnsafeProjects).SelectMany(Sources), unsafeCode);
        Assert.All(Allowed.Keys.Except(UnsafeProjects), project =>
            Assert.DoesNotContain("AllowUnsafeBlocks", File.ReadAllText(Path.Combine(Root, "src", project, project + ".csproj"))));
        Assert.All(UnsafeProjects, project => Assert.Contains(Sources(project), file => File.ReadLines(file).Any(unsafeCode.IsMatch)));
        AssertNone(UnsafeProjects.SelectMany(Sources), new Regex(@"\[DllImport"));
    }

    [Fact]
    public void Isa_is_pure() =>
        AssertNone(Sources("Skep.Isa"),
            new Regex(
                @"\b(System\.IO|File|Directory|Path|Console|Process|Environment|Stream(Reader|Writer)?)\b(?=[.;(])"
                + @"|\busing System\.(IO|Diagnostics|Net)"));

    // Code from another machine is explained by that one's symbols and types, or by none.
    [Fact]
    public void Analysis_reads_no_machine()
    {
        var machine = new Regex(
            @"\b(File|Directory|Environment|Process|InputFile|Kernel(File|Directory|Path|Settings|Features|Objects|Identity)|PossibleCpus"
            + @"|TracepointFormat|NetworkDevices|NetworkNamespace|CodeFileReader|LoadedCodeReader|ObjectWalk|Surroundings|OwnerIndex)\."
            + @"|\bBpf(Program|Map|Link|Btf|Object|Query)\.|\bBtf\.Load|\b(MachineSnapshot|BootClock|KernelClock)\b"
            + @"|\bnew Kernel(Symbols|Types)\b|\bnew TargetKernel\b|\bProgramSurroundings\.Read\b"
            + @"|\bRuntimeInformation\b|\b\w+View\.Read\(");
        Assert.Matches(machine, "using BpfMap? open = BpfMap.TryOpenById(id, out _);");
        Assert.Matches(machine, "if (KernelFile.Lines(path).Value is { } lines) return Parse(lines);");
        AssertNone(Sources("Skep.Analysis"), machine);
    }

    // A file of the kernel may be absent, denied or vanish: System.IO throws a different exception for each, and one that is forgotten ends
    // a command.
    [Fact]
    public void Files_of_the_kernel_are_read_in_one_place()
    {
        var systemIo = new Regex(@"\b(File|Directory)\.[A-Z]|\bnew (FileInfo|DirectoryInfo|FileStream|StreamReader)\(");
        var kernelPath = new Regex(@"""/(proc|sys|run/netns)\b");
        Assert.All(Allowed.Keys.SelectMany(Sources).Where(file => File.ReadLines(file).Any(kernelPath.IsMatch)), file =>
        {
            // Of these, the user names the file.
            string[] uses =
                [
                    .. File.ReadLines(file)
                        .Where(
                            line => systemIo.IsMatch(line) && !line.Contains("InputFile.", StringComparison.Ordinal)
                                && !file.EndsWith("/InputFile.cs", StringComparison.Ordinal))];
            Assert.True(uses.Length == 0,
                $"{Path.GetRelativePath(Root, file)} reads files of the kernel by System.IO (use KernelFile, KernelDirectory): "
                + $"{string.Join("; ", uses.Select(u => u.Trim()))}");
        });

        string[] kernelOnly =
        [
            "Skep.Inventory", "Skep.Maps", "Skep.Analysis", "Skep.Watch/Capture", "Skep.Watch/Decode", "Skep.Watch/Doctor",
            "Skep.Watch/Processes",
            "Skep.Bpf/Btf", "Skep.Bpf/Features", "Skep.Bpf/Maps", "Skep.Bpf/Objects", "Skep.Bpf/Programs", "Skep.Bpf/Rings",
        ];
        AssertNone(kernelOnly.SelectMany(Sources), systemIo);
    }

    // A directory may be another user's: what lies there can be a link, a FIFO or a second name of another file.
    [Fact]
    public void Files_are_written_in_one_place()
    {
        string[] writers =
            ["OutputFile.cs", "OutputDirectory.cs", "OutputReplacement.cs", "OutputWalk.cs", "PrivateFile.cs", "PrivateLock.cs",
                "PrivateDirectory.cs", "Libc.cs"];
        var writes = new Regex(
            @"\bFile\.(Create|Write|Append|Copy|Move|Replace|Encrypt|Set|Open(Write|Handle)?\()"
            + @"|\bnew File(Stream|Info)\([^)]*FileMode|\bFile(Mode|Access)\.(?!Open\b|Read\b)"
            + @"|\bDirectory\.(Create|Move)|\.CreateSubdirectory|\.(OpenWrite|CreateText|AppendText|MoveTo\(|CopyTo\("")"
            + @"|\bO_(CREAT|TRUNC|RDWR)\b|\b(creat|mkdirat|mkdir|renameat|rename|truncate)\(");
        Assert.Matches(writes, "using (FileStream file = File.Create(path)) file.Write(bytes.Span);");
        Assert.Matches(writes, "_directory = Directory.CreateDirectory(directory).FullName;");
        AssertNone(Allowed.Keys.SelectMany(Sources).Where(file => !writers.Contains(Path.GetFileName(file))), writes);
        Assert.Equal(writers.Order(StringComparer.Ordinal),
            Sources("Skep.Linux").Select(Path.GetFileName).Intersect(writers).Order(StringComparer.Ordinal));
        AssertNone(Allowed.Keys.SelectMany(Sources),
            new Regex(@"new StreamWriter\((?!.*([sS]tream|[oO]utput|DescriptorStream|Console\.Open))"));
    }

    // A file that a user names may be a device, a FIFO, or without end.
    [Fact]
    public void Files_that_a_user_names_are_read_in_one_place()
    {
        var reading = new Regex(
            @"\bFile\.(Read|Open)|\bFileMode\.Open\b|\bFileAccess\.Read\b|\bnew StreamReader\("
            + @"|\bConsole\.(In\b|OpenStandardInput|Read)|\.OpenRead\(|\.OpenText\(");

        // A descriptor of an iterator, what a user types on a terminal, which is read as it comes, and a pipe of a child.
        string[] others = ["InputFile.cs", "BpfLink.Create.cs", "FilterConfirmCommand.cs", "DebugRun.cs", "CommandOutput.cs"];
        AssertNone(Allowed.Keys.SelectMany(Sources).Where(file => !others.Contains(Path.GetFileName(file))), reading);
    }

    // Its streams set the keypad mode of a terminal, take a write to a closed pipe for done, and wait for a reader whatever signal comes:
    // DescriptorStream writes.
    [Fact]
    public void Nothing_uses_the_console() => AssertNone(Allowed.Keys.SelectMany(Sources), new Regex(@"\bConsole\."));

    // A write of one's own may block a command that is to end.
    [Fact]
    public void Standard_output_is_written_in_one_place()
    {
        AssertNone(Allowed.Keys.SelectMany(Sources), new Regex(@"new SafeFileHandle\([12],|/dev/std(out|err)"));
        string[] writers = ["StandardOutput.cs", "Message.cs", "AnalysisProgress.cs"];
        AssertNone(Sources("Skep.Cli").Where(file => !writers.Contains(Path.GetFileName(file))), new Regex(@"DescriptorStream\.Standard"));
    }

    [Fact]
    public void No_file_is_long()
    {
        IEnumerable<string> files =
            ((string[])["src", "test", "bpf", "demo", "bench", "build"]).SelectMany(Tree)
                .Where(
                    f => f.EndsWith(".cs", StringComparison.Ordinal) || f.EndsWith(".c", StringComparison.Ordinal)
                        || f.EndsWith(".h", StringComparison.Ordinal) || f.EndsWith(".sh", StringComparison.Ordinal));
        Assert.All(files, file => Assert.True(File.ReadLines(file).Count() <= LongestFile, $"{file} has more than {LongestFile} lines"));
    }

    [Fact]
    public void The_kernel_side_says_its_licence()
    {
        string[] files =
            [.. Tree("bpf").Where(f => f.EndsWith(".c", StringComparison.Ordinal) || f.EndsWith(".h", StringComparison.Ordinal))];
        Assert.NotEmpty(files);
        Assert.All(files,
            file =>
                Assert.Matches(@"^(//|/\*) SPDX-License-Identifier: GPL-2\.0-only OR BSD-2-Clause( \*/)?$", File.ReadLines(file).First()));
    }

    [Fact]
    public void Names_are_the_fields() =>
        AssertNone(Allowed.Keys.SelectMany(Sources), new Regex(@"\b(class|struct|record|interface|enum) \w*(Manager|Helper|Util|Utils)\b"));

    // A skip for another reason fails in CI (test/sum.sh), and a reason of the kernel's is not mended by an installation.
    [Fact]
    public void Skips_for_the_kernel_say_that_the_machine_cannot() => AssertNone(
        Directory.EnumerateFiles(Path.Combine(Root, "test"), "*.cs", SearchOption.AllDirectories),
        new Regex(@"Assert\.Skip\w*\([^;]*""(?!the machine cannot: )[^""]*([kK]ernel|Linux \d|cgroup|tracefs|tmpfs)"));

    // A variable that does not pass is never set: neither for what reads it, nor for a test that runs without the filter of the binary.
    [Fact]
    public void Variables_that_are_read_are_let_through_and_documented()
    {
        string filter = File.ReadAllText(Path.Combine(Root, "src/Skep.Cli/Native/environment.c"));
        string page = File.ReadAllText(Path.Combine(Root, "docs/environment.md"));
        string[] names = [.. Allowed.Keys.SelectMany(Sources).Select(File.ReadAllText)
            .Where(text => text.Contains("GetEnvironmentVariable"))
            .SelectMany(text => Regex.Matches(text, """
                "([A-Z][A-Z_]+)"
                """.Trim()).Select(found => found.Groups[1].Value)).Distinct()];
        Assert.Contains("TERM", names);
        Assert.All(names, name => Assert.Contains($"\"{name}=\"", filter, StringComparison.Ordinal));
        Assert.All(names, name => Assert.Contains($"`{name}`", page, StringComparison.Ordinal));
    }

    [Fact]
    public void Sources_have_file_scoped_namespaces() =>
        AssertNone(Allowed.Keys.SelectMany(Sources), new Regex(@"^namespace [\w.]+\s*\{", RegexOptions.Multiline));

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        string solution = File.ReadAllText(Path.Combine(Root, "Skep.slnx"));
        IEnumerable<string> projects = Tree("src").Concat(Tree("test")).Where(f => f.EndsWith(".csproj", StringComparison.Ordinal));

        // A project that has no source yet is not built.
        Assert.All(
            projects.Where(project => Tree(Path.GetRelativePath(Root, Path.GetDirectoryName(project)!))
                .Any(f => f.EndsWith(".cs", StringComparison.Ordinal))),
            project => Assert.Contains(Path.GetRelativePath(Root, project), solution));
    }

    private static IEnumerable<string> Sources(string project) =>
        Tree(Path.Combine("src", project)).Where(f => f.EndsWith(".cs", StringComparison.Ordinal));

    private static IEnumerable<string> Tree(string folder)
    {
        string path = Path.Combine(Root, folder);
        return Directory.Exists(path) ? Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories) : [];
    }

    private static void AssertNone(IEnumerable<string> files, Regex forbidden)
    {
        string[] found =
            [
                .. files.SelectMany(
                    file =>
                        File.ReadLines(file).Select((line, i) => (Text: line.Trim(), Number: i + 1))
                            .Where(line => !line.Text.StartsWith("//", StringComparison.Ordinal) && forbidden.IsMatch(line.Text))
                            .Select(line => $"{Path.GetRelativePath(Root, file)}:{line.Number}: {line.Text}"))];
        Assert.True(found.Length == 0, string.Join('\n', found));
    }
}
