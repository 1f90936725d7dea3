using Skep.Filter.Runtime.Attach;
using Skep.Filter.Runtime.Sets;
using Skep.Filter.Runtime.Tables;
using Skep.Filter.Runtime.Tests.Fixtures;

namespace Skep.Filter.Runtime.Tests.Sets;

[Collection("filter")]
[Trait("level", "kernel")]
public sealed class TerseListKernelTests : IDisposable
{
    private readonly VethPair _pair = new();
    private readonly string _name = $"sets-{Environment.ProcessId}-{Guid.NewGuid():n}";

    public void Dispose()
    {
        AppliedTable.Remove(_name);
        _pair.Dispose();
    }

    [Fact]
    public void A_terse_list_is_the_declaration_and_the_number_of_elements()
    {
        const string Text = "set s { type ipv4_addr; flags interval, timeout; timeout 1h; size 9; elements = { 10.0.0.0/8, 192.0.2.1 } }\n"
            + "set p { type ipv4_addr . inet_service; elements = { 10.0.0.1 . 53 } }\nip saddr @s drop\nip daddr . udp dport @p drop";
        FilterApplier.Apply(
            Rules.Table(Text) with { Name = _name }, new ApplyRequest([VethPair.Device], _pair.Name, false), _ => { });
        Assert.Equal(
            "set s {\n    type ipv4_addr\n    flags interval, timeout\n    timeout 1h\n    size 9\n    # 2 elements\n}\n", Terse("s"));
        Assert.Equal("set p {\n    type ipv4_addr . inet_service\n    # 1 element\n}\n", Terse("p"));
        using (var set = LiveSet.Open(_name, "p")) set.Add(set.Parse(["10.0.0.2 . 53"]).Elements!, null);
        Assert.Contains("# 2 elements", Terse("p"), StringComparison.Ordinal);

        string Terse(string name)
        {
            using var set = LiveSet.Open(_name, name);
            using var text = new StringWriter { NewLine = "\n" };
            SetWriter.WriteTerseText(text, set);
            return text.ToString();
        }
    }
}
