using System;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Skep.Bpf;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Watch;

/// <summary>Each command of bpf(2), with arbitrary attributes: what is told against the layout in the running kernel's BTF.</summary>
public sealed class CommandTests
{
    private const int Size = 168, BeyondKnown = 99;

    // The structure of union bpf_attr that each command uses, by a field that only it has.
    private static readonly Dictionary<string, string> Structures = new()
    {
        ["map_create"] = "map_type", ["map_lookup_elem"] = "value", ["map_update_elem"] = "value", ["map_delete_elem"] = "value",
        ["map_get_next_key"] = "value", ["prog_load"] = "prog_type", ["obj_pin"] = "pathname", ["obj_get"] = "pathname",
        ["prog_attach"] = "attach_bpf_fd", ["prog_detach"] = "attach_bpf_fd", ["prog_test_run"] = "retval",
        ["prog_get_next_id"] = "start_id",
        ["map_get_next_id"] = "start_id", ["prog_get_fd_by_id"] = "start_id", ["map_get_fd_by_id"] = "start_id",
        ["obj_get_info_by_fd"] = "info_len",
        ["prog_query"] = "query_flags", ["raw_tracepoint_open"] = "name", ["btf_load"] = "btf_log_buf", ["btf_get_fd_by_id"] = "start_id",
        ["task_fd_query"] = "fd_type", ["map_lookup_and_delete_elem"] = "value", ["map_freeze"] = "value", ["btf_get_next_id"] = "start_id",
        ["map_lookup_batch"] = "in_batch", ["map_lookup_and_delete_batch"] = "in_batch", ["map_update_batch"] = "in_batch",
        ["map_delete_batch"] = "in_batch", ["link_create"] = "iter_info", ["link_update"] = "new_prog_fd",
        ["link_get_fd_by_id"] = "start_id",
        ["link_get_next_id"] = "start_id", ["enable_stats"] = "type", ["iter_create"] = "link_fd flags", ["link_detach"] = "link_fd",
        ["prog_bind_map"] = "map_fd prog_fd", ["token_create"] = "bpffs_fd", ["prog_stream_read_by_fd"] = "stream_buf",
    };

    [Fact]
    public void Each_command_is_named_and_its_attributes_are_what_was_passed()
    {
        Dictionary<string, int> commands = KernelCommands();
        Watched watched = Issue(Size, [.. commands.Values]);
        Dictionary<int, string> names = commands.ToDictionary(c => c.Value, c => c.Key);
        Assert.Equal(commands.Count, watched.Events.Length);
        Assert.All(watched.Answers.Zip(watched.Events), pair =>
        {
            (JsonElement passed, JsonElement told) = pair;
            string command = names[(int)passed.Number("cmd")!];
            Assert.Equal(command, told.Text("cmd"));
            Assert.Equal(passed.Number("ret"), told.Number("ret"));
            Assert.Equal(KernelNames.Error(passed.Number("ret")!.Value), told.Text("error"));
            AssertAttributes(command, passed.Bytes("attr"), told);
        });
    }

    [Fact]
    public void A_command_that_has_no_name_is_told_by_its_number_and_bytes()
    {
        Watched watched = Issue(64, BeyondKnown);
        JsonElement told = Assert.Single(watched.Events);
        Assert.Equal("99", told.Text("cmd"));
        Assert.Equal("EINVAL", told.Text("error"));
        Assert.Equal(watched.Answers[0].Text("attr"), told.Text("attr_bytes"));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(52)]
    [InlineData(300)]
    [InlineData(5000)]
    public void Only_what_the_call_passed_is_told(int size)
    {
        Watched watched = Issue(size, 0);
        JsonElement told = watched.Only("map_create");
        AssertAttributes("map_create", [.. watched.Answers[0].Bytes("attr").Take(Math.Min(size, 256))], told);
    }

    private static Watched Issue(int size, params int[] commands) =>
        SkepBinary.Watch("--elements", [CProgram.Path("commands.c"), $"{size}", .. commands.Select(c => $"{c}")]).Succeeded();

    private static void AssertAttributes(string command, byte[] passed, JsonElement told)
    {
        string[] marks = Structures[command].Split(' ');
        Dictionary<string, (int At, int Size)> layout = Layouts().Where(l => marks.All(l.ContainsKey)).MinBy(l => l.Count)!;
        Dictionary<string, JsonElement> attr = told.At("attr")!.Value.EnumerateObject().ToDictionary(p => p.Name, p => p.Value);
        foreach ((string name, JsonElement value) in attr)
        {
            // Unions have more than one name at a place: what is told must be one of them, or say which part of the union it is of.
            (int at, int size) = layout.TryGetValue(name.Split('.')[^1], out var place) ? place
                : throw new Xunit.Sdk.XunitException($"{command} has no {name}");
            Assert.True(Equal(value, passed.AsSpan(at, size)),
                $"{command}: {name} is {value}, passed {Convert.ToHexStringLower(passed.AsSpan(at, size))}");
        }

        HashSet<int> toldPlaces = [.. attr.Keys.Select(name => layout[name.Split('.')[^1]].At)];
        foreach ((string name, (int at, int size)) in layout)
        {
            // What the kernel does not take from this command, or takes by an attach type that an arbitrary one is not, is told as bytes.
            if (at + size > passed.Length || toldPlaces.Contains(at)
                || (name == "next_id" && command.EndsWith("_by_id", StringComparison.Ordinal))) continue;
            Assert.True(told.Text("attr_bytes")?.EndsWith(Convert.ToHexStringLower(passed.AsSpan(at)), StringComparison.Ordinal),
                $"{command}: {name} is not told");
        }
    }

    private static bool Equal(JsonElement told, ReadOnlySpan<byte> passed)
    {
        if (passed.Length == 16)
        {
            int end = passed.IndexOf((byte)0);
            return told.GetString() == Encoding.UTF8.GetString(end < 0 ? passed : passed[..end]);
        }

        ulong number = passed.Length == 8 ? BinaryPrimitives.ReadUInt64LittleEndian(passed)
            : BinaryPrimitives.ReadUInt32LittleEndian(passed);
        if (told.ValueKind == JsonValueKind.Number)
            return told.TryGetUInt64(out ulong unsigned) ? unsigned == number
                : told.GetInt64() == (passed.Length == 8 ? (long)number : (int)(uint)number);
        string text = told.GetString()!;
        return text == $"0x{number:x}" || text == number.ToString(CultureInfo.InvariantCulture);
    }

    // enum bpf_cmd, without the aliases and the end mark.
    private static Dictionary<string, int> KernelCommands()
    {
        Assert.True(Kernel.Value.TryFind("bpf_cmd", BtfKind.Enum, out BtfType type));
        var commands = new Dictionary<string, int>();
        foreach (BtfEnumerator item in type.GetEnumerators())
            if (!item.Name.StartsWith("__", StringComparison.Ordinal) && !commands.ContainsValue((int)item.Value))
                commands[item.Name["BPF_".Length..].ToLowerInvariant()] = (int)item.Value;
        return commands;
    }

    private static readonly Lazy<Btf> Kernel = new(Btf.LoadKernel);

    // Each structure of union bpf_attr: its fields, those of structures and unions inside of it too.
    private static IEnumerable<Dictionary<string, (int At, int Size)>> Layouts()
    {
        Assert.True(Kernel.Value.TryFind("bpf_attr", BtfKind.Union, out BtfType attr));
        foreach (BtfMember member in attr.GetMembers())
        {
            BtfType type = Kernel.Value.Resolve(member.TypeId);
            if (type.Kind != BtfKind.Struct) continue;
            var fields = new Dictionary<string, (int, int)>();
            Flatten(type, 0, fields);
            yield return fields;
        }
    }

    private static void Flatten(BtfType type, int at, Dictionary<string, (int, int)> fields)
    {
        foreach (BtfMember member in type.GetMembers())
        {
            BtfType of = Kernel.Value.Resolve(member.TypeId);
            int place = at + (int)member.BitOffset / 8;
            if (of.Kind is BtfKind.Struct or BtfKind.Union && of.Name.Length == 0) Flatten(of, place, fields);
            else if (member.Name.Length > 0) fields.TryAdd(member.Name, (place, (int)Kernel.Value.SizeOf(member.TypeId)));
        }
    }
}
