using System.Text;
using Skep.Agent.Web;

namespace Skep.Agent.Tests.Web;

public sealed class MetricTextTests
{
    [Fact]
    public void Counters_end_in_total_in_both_formats()
    {
        Assert.Equal("# HELP a_b_total Help.\n# TYPE a_b_total counter\na_b_total 1\n", Text(false, t => t.Counter("a_b_total", "Help.")));
        Assert.Equal("# HELP a_b Help.\n# TYPE a_b counter\na_b_total 1\n# EOF\n", Text(true, t => t.Counter("a_b_total", "Help.")));
    }

    [Fact]
    public void Info_is_a_gauge_where_there_is_no_info()
    {
        Assert.StartsWith("# HELP a_info H.\n# TYPE a_info gauge\na_info 1", Text(false, t => t.Info("a_info", "H.")),
            StringComparison.Ordinal);
        Assert.StartsWith("# HELP a H.\n# TYPE a info\na_info 1", Text(true, t => t.Info("a_info", "H.")), StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_are_escaped()
    {
        var text = new MetricText(isOpenMetrics: false);
        text.Gauge("g", "H.");
        text.Value(0.5, ("a", "q\"b\\n\n\ud800"), ("b", "é"));
        Assert.EndsWith("g{a=\"q\\\"b\\\\n\\n?\",b=\"é\"} 0.5\n", Encoding.UTF8.GetString(text.End()), StringComparison.Ordinal);
    }

    private static string Text(bool isOpenMetrics, Action<MetricText> begin)
    {
        var text = new MetricText(isOpenMetrics);
        begin(text);
        text.Value(1);
        return Encoding.UTF8.GetString(text.End());
    }
}
