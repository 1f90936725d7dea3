using System.Buffers.Binary;
using Skep.Analysis.Explain;
using Skep.Analysis.Tests.Support;
using Skep.Inventory.Code;

namespace Skep.Analysis.Tests.Explain;

/// <summary>The objects inside of libbpf-tools and xdp-tools: real programs whose sources are public.</summary>
[Trait("level", "kernel")]
public sealed class RealToolsKernelTests
{
    private const string XdpObjects = "/usr/lib/x86_64-linux-gnu/bpf";

    [Fact]
    public void All_are_explained_with_layouts_that_hold_together()
    {
        int programs = 0, records = 0;
        var wrong = new List<string>();
        foreach (string file in Executables())
        {
            foreach (ProgramCode code in Objects(File.ReadAllBytes(file)).SelectMany(BpfPrograms.OfBytes))
            {
                Explanation about = Explainer.Explain(code);
                ExplanationText.Write(TextWriter.Null, about);
                wrong.AddRange(Wrong(about).Select(what => $"{file} {code.Name}: {what}"));
                records += about.Outputs.Count;
                programs++;
            }
        }

        Assert.SkipWhen(programs == 0, "needs libbpf-tools and xdp-tools");
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(programs > 300 && records > 50, $"{programs} programs, {records} records");
    }

    private static IEnumerable<string> Wrong(Explanation about)
    {
        foreach (CalledFunction call in about.Calls.Where(call => call.Capability == "unknown")) yield return $"{call.Name} is in no table";
        foreach (OutputRecord record in about.Outputs)
        {
            int end = 0;
            foreach (RecordField field in record.Fields)
            {
                if (field.Offset < end || field.Size <= 0) yield return $"field at {field.Offset} of {field.Size} bytes, after {end}";
                end = field.Offset + field.Size;
            }

            if (record.Size < end) yield return $"fields up to {end} of {record.Size}";
            if (record.Fields.All(field => field.Stored.Count == 0)) yield return "a record without a stored field";
        }
    }

    // struct event of each tool's header (libbpf-tools of bcc 0.26): offsets by its types.
    [Theory]
    [InlineData("bashreadline", "printret", "0:4:pid 4:80:str")]
    [InlineData("capable", "kprobe__cap_capable_exit", "0:4:pid 4:4:cap 8:4:tgid 12:4:uid 16:4:audit 20:4:insetid 24:4:ret 28:16:task")]
    [InlineData("opensnoop", "tracepoint__syscalls__sys_exit_open", "")]
    [InlineData("tcpconnect", "tcp_v4_connect_ret", "32:16:task 48:8:ts_us 56:4:af 60:4:pid 64:4:uid 68:2:sport 70:2:dport")]
    [InlineData("tcpstates", "handle_set_state",
        "32:8:skaddr 40:8:ts_us 48:8:delta_us 56:4:pid 60:4:oldstate 64:4:newstate 68:2:family 70:2:sport 72:2:dport 74:16:task")]
    [InlineData("biosnoop", "block_rq_complete", "32:8:ts 40:8:sector 48:4:len 56:4:cmd_flags 60:4:dev")]
    [InlineData("bindsnoop", "ipv4_bind_exit", "16:8:ts_us 24:4:pid 28:4:bound_dev_if 32:4:ret 36:2:port 38:2:proto 40:1:opts 42:16:task")]
    [InlineData("sigsnoop", "kill_exit", "0:4:pid 4:4:tpid 8:4:sig 12:4:ret 16:16:comm")]
    public void Layouts_are_those_of_the_tools_headers(string tool, string program, string fields)
    {
        string? file = Executables().FirstOrDefault(path => Path.GetFileName(path) == tool);
        Assert.SkipWhen(file is null, $"needs {tool}");
        ProgramCode code = Objects(File.ReadAllBytes(file)).SelectMany(BpfPrograms.OfBytes).FirstOrDefault(code => code.Name == program)
            ?? throw new InvalidOperationException($"{tool} has no program {program}");
        IEnumerable<string> found =
            Explainer.Explain(code).Outputs.SelectMany(record => record.Fields).Where(field => field.Name is not null)
                .Select(field => $"{field.Offset}:{field.Size}:{field.Name}");
        Assert.Empty(fields.Split(' ', StringSplitOptions.RemoveEmptyEntries).Except(found));
    }

    // BPF_CORE_READ_INTO takes the size of what it is given: of an array, the first element's.
    private static readonly (string Tool, string Field, int Size)[] OnlyTheFirst = [("mdflush", "disk", 1), ("solisten", "addr", 4)];

    [Fact]
    public void Names_and_sizes_of_fields_are_those_of_DWARF()
    {
        ILookup<string, (int Size, HashSet<string> Members)> structures =
            Structures().ToLookup(each => each.Tool, each => (each.Size, each.Members));
        var wrong = new List<string>();
        int held = 0, named = 0, unnamed = 0;
        foreach (string file in Executables())
        {
            string tool = Path.GetFileName(file);
            if (!structures.Contains(tool)) continue;
            foreach (ProgramCode code in Objects(File.ReadAllBytes(file)).SelectMany(BpfPrograms.OfBytes))
            {
                foreach (OutputRecord record in Explainer.Explain(code).Outputs)
                {
                    if (structures[tool].Where(each => each.Size == record.Size).Select(each => each.Members)
                        .FirstOrDefault() is not { } members) continue;
                    held++;
                    foreach (RecordField field in record.Fields.Where(field => field.Stored.Any(value => value.Text != "0")))
                    {
                        if (field.Name is null) unnamed++;
                        else if (members.Contains($"{field.Offset}:{field.Size}:{field.Name}")
                            || OnlyTheFirst.Contains((tool, field.Name, field.Size))) named++;
                        else wrong.Add($"{tool} {code.Name} {field.Offset}:{field.Size}:{field.Name}");
                    }
                }
            }
        }

        Assert.SkipWhen(held == 0, "needs libbpf-tools");
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(held > 30 && named > 20 * unnamed, $"{held} records, {named} fields with names, {unnamed} without");
    }

    private static IEnumerable<(string Tool, int Size, HashSet<string> Members)> Structures()
    {
        (string Tool, int Size, HashSet<string> Members)? last = null;
        foreach (string line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Golden", "libbpf-tools.records")))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (line[0] == '#') continue;
            if (line[0] == ' ') last!.Value.Members.UnionWith(words);
            else
            {
                if (last is { } whole) yield return whole;
                last = (words[0], int.Parse(words[2], System.Globalization.CultureInfo.InvariantCulture), []);
            }
        }

        yield return last!.Value;
    }

    private static IEnumerable<string> Executables() =>
        Directory.EnumerateFiles("/usr/sbin").Where(file => new FileInfo(file) is { LinkTarget: null, Length: < 1 << 22 })
            .Concat(Directory.Exists(XdpObjects) ? Directory.EnumerateFiles(XdpObjects, "*.o") : []).Order();

    // bpftool's skeletons keep the whole object as a string: an ELF header of machine 247, up to the end of its section table.
    private static IEnumerable<byte[]> Objects(byte[] bytes)
    {
        byte[] magic = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1];
        for (int at = 0; (at = Next(bytes, magic, at)) >= 0; at += magic.Length)
        {
            ReadOnlySpan<byte> header = bytes.AsSpan(at);
            if (header.Length < 64 || BinaryPrimitives.ReadUInt16LittleEndian(header[18..]) != 247) continue;
            int length =
                (int)BinaryPrimitives.ReadUInt64LittleEndian(header[40..]) + (64 * BinaryPrimitives.ReadUInt16LittleEndian(header[60..]));
            if (length > 0 && length <= header.Length) yield return header[..length].ToArray();
        }
    }

    private static int Next(byte[] bytes, byte[] magic, int from)
    {
        int found = bytes.AsSpan(from).IndexOf(magic);
        return found < 0 ? -1 : from + found;
    }
}
