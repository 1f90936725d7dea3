using Skep.Guard.Model;

namespace Skep.Guard.Tests.Syntax;

/// <summary>How the values of each kind of condition are written.</summary>
public sealed class ValueReaderTests
{
    private const int Day = 24 * 60, Week = 7 * Day;

    private const string NoTime = " is no time (write \"22:00-06:00\", \"Sat-Sun 00:00-24:00\" or \"Fri 18:00-20:00\", in UTC)",
        NoRange = "uid takes a number or a range, not ", RangeForm = " (write 10, \"10-20\", \"10-\" or \"-20\")";

    [Theory]
    [InlineData("helper = \"bpf_send_singal\"", "there is no helper bpf_send_singal (did you mean bpf_send_signal?)")]
    [InlineData("helper = \"xyzzy\"", "there is no helper xyzzy (bpf-helpers(7) lists them)")]
    [InlineData("helper = 5", "helper takes names, not a number")]
    [InlineData("helper = true", "helper takes names, not true or false")]
    [InlineData("helper = 1.5", "helper takes names")]
    [InlineData("helper = 1979-01-01", "helper takes names")]
    [InlineData("helper = [[\"x\"]]", "helper takes names")]
    [InlineData("helper = { a = 1 }", "helper takes names")]
    [InlineData("helper = []", "helper is empty (leave it out, or give it a value)")]
    [InlineData("prog_type = \"kporbe\"", "there is no program type kporbe (did you mean kprobe?)")]
    [InlineData("prog_type = \"xyzzy\"", "there is no program type xyzzy (use a name that bpftool prints)")]
    [InlineData("map_type = \"hahs\"", "there is no map type hahs (did you mean hash?)")]
    [InlineData("expected_attach_type = \"lsm_mca\"", "there is no attach type lsm_mca (did you mean lsm_mac?)")]
    [InlineData("capability = \"CAP_BFP\"", "there is no capability CAP_BFP (did you mean CAP_BPF?)")]
    [InlineData("capability = \"xyzzy\"", "there is no capability xyzzy (capabilities(7) lists them)")]
    [InlineData("keyring = \"buildin\"", "there is no keyring buildin (did you mean builtin?)")]
    [InlineData("user_namespace = \"first\"", "there is no kind of user namespace first (use initial, other)")]
    [InlineData("token = \"yes\"", "token is true or false, not a string")]
    [InlineData("signed = 1", "signed takes true or false, not a number")]
    [InlineData("insn_cnt = true", "insn_cnt takes numbers or ranges like \"10-20\", not true or false")]
    [InlineData("uid = -1", "uid is a number from 0 to 4294967295, not -1")]
    [InlineData("uid = 4294967296", "uid is a number from 0 to 4294967295, not 4294967296")]
    [InlineData("uid = \"20-10\"", "the range 20-10 ends before it begins (write \"10-20\")")]
    [InlineData("uid = \"4294967296-\"", NoRange + "\"4294967296-\"" + RangeForm)]
    [InlineData("uid = \"-\"", NoRange + "\"-\"" + RangeForm)]
    [InlineData("uid = \"\"", NoRange + "\"\"" + RangeForm)]
    [InlineData("uid = \"1-2-3\"", NoRange + "\"1-2-3\"" + RangeForm)]
    [InlineData("uid = \"+5\"", NoRange + "\"+5\"" + RangeForm)]
    [InlineData("uid = \" 5\"", NoRange + "\" 5\"" + RangeForm)]
    [InlineData("uid = \"0x10\"", NoRange + "\"0x10\"" + RangeForm)]
    [InlineData("sha256 = \"abc\"", "sha256 takes 64 hexadecimal digits, and \"abc\" has 3")]
    [InlineData("tag = \"00112233445566ZZ\"", "tag takes 16 hexadecimal digits, and \"00112233445566ZZ\" has other characters")]
    [InlineData("exe_sha256 = 5", "exe_sha256 takes strings of 64 hexadecimal digits, not a number")]
    [InlineData("exe = \"bash\"", "exe is a path, not bash (write the whole path: \"/usr/bin/bash\")")]
    [InlineData("exe = \"\"", "exe is empty (leave it out to match all)")]
    [InlineData("exe = \"/usr/*/x*\"", "/usr/*/x* has more than one * (give several patterns with one * each)")]
    [InlineData("unit = \"a\\u0000b\"", "unit has a NUL, which no name has")]
    [InlineData("kfunc = \"bpf_*\"", "kfunc takes names of functions, without *")]
    [InlineData("attach_function = \"x*\"", "attach_function takes names of functions, without *")]
    [InlineData("prog_name = \"abcdefghijklmnop\"",
        "a program's name has at most 15 bytes, and abcdefghijklmnop has 16 (write \"abcdefghijklmno\", as the kernel has it)")]
    [InlineData("container = \"0123456789\"", "a container id has at least 12 digits here, and 0123456789 has 10")]
    [InlineData("cgroup = \"system.slice\"", "cgroup is a path, not system.slice (write \"/system.slice\")")]
    [InlineData("cgroup = \"\"", "cgroup is empty (leave it out to match all)")]
    [InlineData("cgroup = \"/a*\"", "cgroup takes no * (a cgroup stands for all below it; for units there is unit)")]
    [InlineData("cgroup = \"/a//b\"", "/a//b is no path of a cgroup (write it as /proc/PID/cgroup does)")]
    [InlineData("cgroup = \"/a/../b\"", "/a/../b is no path of a cgroup (write it as /proc/PID/cgroup does)")]
    [InlineData("time = \"x\"", "\"x\"" + NoTime)]
    [InlineData("time = \"\"", "\"\"" + NoTime)]
    [InlineData("time = \"10:00\"", "\"10:00\"" + NoTime)]
    [InlineData("time = \"25:00-26:00\"", "\"25:00-26:00\"" + NoTime)]
    [InlineData("time = \"10:60-11:00\"", "\"10:60-11:00\"" + NoTime)]
    [InlineData("time = \"10:00-10:00\"", "\"10:00-10:00\"" + NoTime)]
    [InlineData("time = \"24:00-01:00\"", "\"24:00-01:00\"" + NoTime)]
    [InlineData("time = \"a b 10:00-11:00\"", "\"a b 10:00-11:00\"" + NoTime)]
    [InlineData("time = \"Fir 10:00-11:00\"", "Fir is no day of the week (days are Mon, Tue, Wed, Thu, Fri, Sat, Sun)")]
    [InlineData("time = \"Mon-Tue-Wed 10:00-11:00\"", "Mon-Tue-Wed is no day of the week (days are Mon, Tue, Wed, Thu, Fri, Sat, Sun)")]
    [InlineData("time = 5", "time takes times like \"Mon-Fri 08:00-18:00\", not a number")]
    public void A_value_that_is_none(string condition, string error)
    {
        string message = Assert.Single(PolicyText.Errors($"{PolicyText.Header}[[rule]]\naction = \"alert\"\n{condition}\n"));
        Assert.StartsWith("5:", message, StringComparison.Ordinal);
        Assert.Equal(error, message[(message.IndexOf(": ", StringComparison.Ordinal) + 2)..]);
    }

    [Theory]
    [InlineData("capability = [\"bpf\", \"CAP_SYS_ADMIN\", \"cap_net_admin\"]", 39, 21, 12)]
    [InlineData("user_namespace = [\"initial\", \"other\"]", 0, 1)]
    [InlineData("token = [true, false]", 1, 0)]
    [InlineData("helper = [\"bpf_map_lookup_elem\", \"send_signal\"]", 1, 109)]
    [InlineData("prog_type = \"xdp\"", 6)]
    [InlineData("expected_attach_type = \"cgroup_inet_ingress\"", 0)]
    [InlineData("map_type = \"ringbuf\"", 27)]
    public void A_name_is_a_number(string condition, params int[] numbers)
    {
        IReadOnlyList<ConditionValue> values = Values(condition);
        Assert.Equal(numbers.Select(number => ((ulong)number, (ulong)number)), values.Select(value => (value.Low, value.High)));
    }

    [Theory]
    [InlineData("sha256 = \"AB00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEE\"",
        "ab00112233445566778899aabbccddeeff00112233445566778899aabbccddee")]
    [InlineData("cgroup = [\"/sys/fs/cgroup/system.slice/\", \"/sys/fs/cgroup\", \"/\", \"/a.slice/\"]",
        "/system.slice", "/", "/", "/a.slice")]
    [InlineData("exe = '/usr/bin/*'", "/usr/bin/*")]
    public void A_text_is_as_the_kernel_has_it(string condition, params string[] texts) =>
        Assert.Equal(texts, Values(condition).Select(value => value.Text));

    [Theory]
    [InlineData("Mon 08:00-18:00", 480, 1079)]
    [InlineData("fri 18:00-24:00", (4 * Day) + 1080, (5 * Day) - 1)]
    [InlineData("Mon 22:00-06:00", 1320, Day + 359)]
    [InlineData("Sun 22:00-06:00", (6 * Day) + 1320, Week - 1, 0, 359)]
    [InlineData("Sun 00:00-24:00", 6 * Day, Week - 1)]
    [InlineData("Sat-Mon 00:00-00:01", 5 * Day, 5 * Day, 6 * Day, 6 * Day, 0, 0)]
    [InlineData("Sat-Sun 23:00-01:00", (5 * Day) + 1380, (6 * Day) + 59, (6 * Day) + 1380, Week - 1, 0, 59)]
    public void A_time_is_minutes_of_the_week(string time, params int[] minutes)
    {
        IReadOnlyList<ConditionValue> values = Values($"time = \"{time}\"");
        Assert.Equal(minutes, values.SelectMany(value => (int[])[(int)value.Low, (int)value.High]));
        Assert.All(values, value => Assert.Equal(time, value.Text));
    }

    [Fact]
    public void A_time_without_days_is_of_each_day()
    {
        IReadOnlyList<ConditionValue> values = Values("time = \"22:00-06:00\"");
        bool[] covered = new bool[Week];
        foreach (ConditionValue value in values) covered.AsSpan((int)value.Low, (int)(value.High - value.Low) + 1).Fill(true);
        Assert.All(Enumerable.Range(0, Week), minute => Assert.Equal(minute % Day is < 360 or >= 1320, covered[minute]));
    }

    private static IReadOnlyList<ConditionValue> Values(string condition) =>
        Assert.Single(Assert.Single(PolicyText.Denying(condition).Rules).Conditions).Values;
}
