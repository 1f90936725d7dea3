using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Agent;

/// <summary>What packaging/ has for Prometheus and Grafana, by Prometheus itself.</summary>
public sealed partial class PackagingTests
{
    private const string Rules = "packaging/prometheus/skep.rules.yml", Dashboard = "packaging/grafana/skep.json";

    // What the scene below has.
    private static readonly string[] WithoutValue = ["skep_filter_", "result=\"error\""];

    [Fact]
    public void Promtool_finds_no_fault_in_the_rules_and_each_fires_where_it_should()
    {
        Requires.Installed("promtool");
        Tool.Run("promtool", "check", "rules", Repository.File(Rules));
        using var scratch = new Scratch();
        File.Copy(Repository.File(Rules), scratch.File("skep.rules.yml"));
        string tests = Repository.Read("test/Skep.EndToEnd/Programs/prometheus/skep.rules.test.yml");
        Outcome outcome = Tool.Try("promtool", "test", "rules", scratch.Write("skep.rules.test.yml", tests));
        Assert.True(outcome.Code == 0, outcome.Output + outcome.Error);
        string[] alerts = [.. Alert().Matches(Repository.Read(Rules)).Select(match => match.Groups[1].Value)];
        Assert.NotEmpty(alerts);
        // Each is seen to fire, and not to.
        Assert.All(alerts, name => Assert.True(Regex.Count(tests, $"alertname: {name}\\b") >= 2, name));
    }

    [Fact]
    public void Prometheus_evaluates_each_expression_of_the_dashboard_and_the_rules()
    {
        Requires.Installed("prometheus");
        Requires.Installed("node");
        using var receiver = new OtlpReceiver("http");
        using RunningAgent agent = new RunningAgent($"""
            [usage]
            interval = "1s"
            duty = 0.9
            [export.otlp]
            endpoint = "{receiver.Endpoint}"
            interval = "1s"
            """).Start();
        using var program = new AttachedProgram("skep_agent_p");
        using var scratch = new Scratch();
        int port = RunningAgent.FreePort();
        string config = scratch.Write("prometheus.yml", $"""
            global: {"{"} scrape_interval: 1s, evaluation_interval: 1s {"}"}
            rule_files: [ {Repository.File(Rules)} ]
            scrape_configs:
            - job_name: skep
              authorization: {"{"} credentials_file: {scratch.Write("token", agent.Token)} {"}"}
              static_configs: [{"{"} targets: ["127.0.0.1:{agent.Port}"] {"}"}]
            """);
        using var prometheus = Tool.Start(
            "prometheus", $"--config.file={config}", $"--storage.tsdb.path={scratch.File("data")}",
            $"--web.listen-address=127.0.0.1:{port}");
        try
        {
            using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/api/v1/") };
            JsonNode Ask(string query) => client.GetFromJsonAsync<JsonNode>(query, TestContext.Current.CancellationToken)
                .GetAwaiter().GetResult()!;
            JsonNode Query(string expression) => Ask($"query?query={Uri.EscapeDataString(expression)}");
            Tool.Until(
                () =>
                {
                    try
                    {
                        return Query("count_over_time(skep_program_run_seconds_total{name=\"skep_agent_p\"}[1m]) > 5")["data"]!["result"]!
                            .AsArray().Count > 0;
                    }
                    catch (HttpRequestException)
                    {
                        return false;
                    }
                },
                "Prometheus scrapes the agent", 60);
            string[] expressions = [.. Expressions()];
            Assert.True(expressions.Length > 20);
            List<string> empty = [];
            foreach (string expression in expressions)
            {
                JsonNode answer = Query(Filled(expression));
                Assert.Equal("success", (string?)answer["status"]);
                bool mayBeEmpty = WithoutValue.Any(part => expression.Contains(part, StringComparison.Ordinal));
                if (answer["data"]!["result"]!.AsArray().Count == 0 && !mayBeEmpty) empty.Add(expression);
            }

            Assert.Empty(empty);
            JsonNode rules = Ask("rules");
            JsonNode[] all = [.. rules["data"]!["groups"]!.AsArray().SelectMany(group => group!["rules"]!.AsArray()).Select(one => one!)];
            Assert.Equal(Alert().Count(Repository.Read(Rules)), all.Length);
            Assert.All(all, rule => Assert.Equal(("ok", ""), ((string?)rule["health"], (string?)rule["lastError"] ?? "")));
        }
        finally
        {
            Tool.End(prometheus);
        }
    }

    [Fact]
    public void The_dashboard_and_the_rules_name_no_metric_that_the_agent_has_not()
    {
        string documented = Repository.Read("docs/agent.md");
        string[] names =
        [
            .. Expressions().Append(Repository.Read(Rules)).SelectMany(text => Metric().Matches(text).Select(match => match.Value))
                .Distinct(),
        ];
        Assert.NotEmpty(names);
        Assert.All(names, name => Assert.Contains($"`{name}", documented, StringComparison.Ordinal));
    }

    private static IEnumerable<string> Expressions() =>
        JsonNode.Parse(Repository.Read(Dashboard))!["panels"]!.AsArray().SelectMany(panel => panel!["targets"]?.AsArray() ?? [])
            .Select(target => (string)target!["expr"]!);

    // As Grafana fills in its variables.
    private static string Filled(string expression) => expression.Replace("$__rate_interval", "10s", StringComparison.Ordinal)
        .Replace("$__range", "1m", StringComparison.Ordinal).Replace("$instance", ".+", StringComparison.Ordinal)
        .Replace("$job", "skep", StringComparison.Ordinal);

    [GeneratedRegex(@"- alert: (\w+)")]
    private static partial Regex Alert();

    [GeneratedRegex(@"\bskep_\w+")]
    private static partial Regex Metric();
}
