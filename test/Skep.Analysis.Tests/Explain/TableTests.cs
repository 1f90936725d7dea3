using System.Text.RegularExpressions;
using Skep.Analysis.Analyze;
using Skep.Analysis.Explain;
using Skep.Inventory.Code;
using Skep.Isa;
using Skep.Linux.Kernel;

namespace Skep.Analysis.Tests.Explain;

/// <summary>The tables of helpers, against libbpf's header; names of fields by source lines.</summary>
public sealed partial class TableTests
{
    [Fact]
    public void All_helpers_are_known_with_as_many_arguments_as_libbpfs_header_says()
    {
        string header = File.ReadAllText("/usr/include/bpf/bpf_helper_defs.h");
        Assert.Equal(Enumerable.Range(1, HelperNames.Count - 1).Select(id => HelperNames.Of(id)).Order(),
            HelperTable.All.Select(helper => helper.Name).Order());
        Assert.All(Prototype().Matches(header), match =>
        {
            string arguments = match.Groups["arguments"].Value;
            int count =
                arguments.Trim() == "void"
                    ? 0 : arguments.Contains("...", StringComparison.Ordinal) ? 2 : arguments.Count(c => c == ',') + 1;
            Assert.True(HelperTable.Of(match.Groups["name"].Value)!.Roles.Length == count, match.Value);
        });
    }

    [Fact]
    public void Results_of_helpers_are_those_of_libbpfs_header()
    {
        string header = File.ReadAllText("/usr/include/bpf/bpf_helper_defs.h");
        var declared = Declaration().Matches(header).ToDictionary(match => match.Groups["name"].Value, match => match.Groups["type"].Value);
        Assert.Equal(HelperTable.All.Select(helper => helper.Name).Order(), declared.Keys.Order());
        Assert.All(declared, one =>
        {
            (string name, string type) = one;
            HelperSignature helper = HelperTable.Of(name)!;
            (bool, bool, bool) expected = (type.EndsWith('*'), type == "__u64", type == "__u32");
            Assert.True(
                expected == (helper.ReturnsPointer, helper.Result == HelperResult.UInt64, helper.Result == HelperResult.UInt32),
                $"{name}: {type}");
            if (type.StartsWith("struct ", StringComparison.Ordinal)) Assert.Equal(type, $"struct {helper.Structure} *");
        });
    }

    [Theory]
    [InlineData("bpf_perf_event_output_tp", "bpf_perf_event_output")]
    [InlineData("bpf_skb_event_output", "bpf_perf_event_output")]
    [InlineData("bpf_probe_read_compat_str", "bpf_probe_read_str")]
    [InlineData("bpf_probe_read_compat", "bpf_probe_read")]
    [InlineData("__htab_map_lookup_elem", "bpf_map_lookup_elem")]
    [InlineData("trie_lookup_elem", "bpf_map_lookup_elem")]
    [InlineData("htab_lru_percpu_map_update_elem", "bpf_map_update_elem")]
    [InlineData("htab_percpu_map_lookup_percpu_elem", "bpf_map_lookup_percpu_elem")]
    [InlineData("dev_map_redirect", "bpf_redirect_map")]
    [InlineData("bpf_xdp_redirect", "bpf_redirect")]
    [InlineData("bpf_sock_addr_setsockopt", "bpf_setsockopt")]
    [InlineData("bpf_get_socket_cookie_sock_ops", "bpf_get_socket_cookie")]
    [InlineData("bpf_ringbuf_reserve", "bpf_ringbuf_reserve")]
    [InlineData("vfs_read", null)]
    public void Kernel_functions_stand_for_helpers(string symbol, string? helper) => Assert.Equal(helper, HelperSymbols.HelperOf(symbol));

    [Theory]
    [InlineData("\te->pid = bpf_get_current_pid_tgid() >> 32;", null, 0, "pid")]
    [InlineData("\tevent.delta_us = ts - start;", null, 0, "delta_us")]
    [InlineData("\tbpf_get_current_comm(&e->comm, sizeof(e->comm));", "bpf_get_current_comm", 0, "comm")]
    [InlineData("\tbpf_probe_read_user_str(e->filename, sizeof(e->filename), ctx->filename);", "bpf_probe_read_user_str", 0, "filename")]
    [InlineData("\tp->kstack_sz = bpf_get_stack(ctx, p->kst, sizeof(p->kst), 0);", "bpf_get_stack", 1, "kst")]
    [InlineData("\tp->kstack_sz = bpf_get_stack(ctx, p->kst, sizeof(p->kst), 0);", null, 0, "kstack_sz")]
    [InlineData("\tBPF_CORE_READ_STR_INTO(&e->name, dentry, d_name.name);", "bpf_probe_read_kernel_str", 0, "name")]
    [InlineData("\tbpf_core_read(&event.args, sizeof(event.args), (void *)args);", "bpf_probe_read_kernel", 0, "args")]
    [InlineData("\t__builtin_memcpy(&e->comm, argp->comm, sizeof(e->comm));", null, 0, "comm")]
    [InlineData("\tbpf_probe_read_user(buffer, 8, e->from);", "bpf_probe_read_user", 0, null)]
    [InlineData("\te->ppid = BPF_CORE_READ(task, real_parent, tgid);", "bpf_probe_read_kernel", 0, "ppid")]
    [InlineData("\te->a.b = 1;", null, 0, "a.b")]
    [InlineData("\te->flags |= 1;", null, 0, "flags")]
    [InlineData("\te[1].x = 1;", null, 0, "x")]
    [InlineData("\t(*e).x = 1;", null, 0, "x")]
    [InlineData("\t((struct event *)e)->x = 1;", null, 0, "x")]
    [InlineData("\te->key[0] = 1;", null, 0, "key")]
    [InlineData("\t\t.pid = pid,", null, 0, "pid")]
    [InlineData("\tstruct event e = { .pid = pid };", null, 0, null)]
    [InlineData("\tif (!err) e->ret = ret;", null, 0, "ret")]
    [InlineData("\telse e->ret = 0;", null, 0, "ret")]
    [InlineData("\tif (e->pid == 3)", null, 0, null)]
    [InlineData("\tif (e->pid >= 3 && e->pid <= f->pid)", null, 0, null)]
    [InlineData("\treturn x;", null, 0, null)]
    [InlineData("\tstruct event event = {};", null, 0, null)]
    [InlineData("\tx = e->pid;", null, 0, null)]
    [InlineData("\t*e = x;", null, 0, null)]
    public void Source_lines_name_fields(string line, string? function, int argument, string? field) =>
        Assert.Equal(field, function is null ? SourceFields.OfStore(line) : SourceFields.OfCall(line, function, argument));

    [Fact]
    public void A_tracepoints_format_names_its_fields()
    {
        TracepointFormat format = TracepointFormat.Parse(
        [
            "name: sys_enter_execve", "format:", "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;",
            "\tfield:const char * filename;\toffset:16;\tsize:8;\tsigned:0;", "\tfield:char comm[16];\toffset:24;\tsize:16;\tsigned:0;",
            "print fmt: \"...\"",
        ]);
        Assert.Equal(("common_type", "filename", "comm", null), (format.Field(0), format.Field(16), format.Field(24), format.Field(8)));
    }

    [GeneratedRegex(@"^static (?<type>.*?) ?\(\* ?(?:const )?(?<name>bpf_\w+)\)\(", RegexOptions.Multiline)]
    private static partial Regex Declaration();

    [GeneratedRegex(@"\(\* ?(?:const )?(?<name>bpf_\w+)\)\((?<arguments>[^)]*)\)")]
    private static partial Regex Prototype();
}
