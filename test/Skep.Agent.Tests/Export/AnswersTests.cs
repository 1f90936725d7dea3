using System.Text;
using Skep.Agent.Export.Delivery;
using Skep.Agent.Export.Otlp;
using Skep.Agent.Export.Outgoing;

namespace Skep.Agent.Tests.Export;

/// <summary>Which answers are asked again, by the specification of OTLP.</summary>
public sealed class AnswersTests
{
    [Theory]
    [InlineData(200, 0)]
    [InlineData(429, 1)]
    [InlineData(502, 1)]
    [InlineData(503, 1)]
    [InlineData(504, 1)]
    [InlineData(400, 2)]
    [InlineData(401, 2)]
    [InlineData(404, 2)]
    [InlineData(413, 2)]
    [InlineData(500, 2)]
    [InlineData(301, 2)]
    public void Of_http(int status, int outcome) => Assert.Equal((SendOutcome)outcome, Answers.OfHttp(new(status, null)).Outcome);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(4, 1)]
    [InlineData(10, 1)]
    [InlineData(11, 1)]
    [InlineData(14, 1)]
    [InlineData(15, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 2)]
    [InlineData(7, 2)]
    [InlineData(8, 2)]
    [InlineData(12, 2)]
    [InlineData(13, 2)]
    [InlineData(16, 2)]
    public void Of_grpc(int code, int outcome) => Assert.Equal(
        (SendOutcome)outcome, Answers.OfGrpc(new(200, null) { Trailers = Pair("grpc-status", $"{code}") }).Outcome);

    [Fact]
    public void No_answer_is_asked_again()
    {
        Assert.Equal(SendOutcome.Later, Answers.OfHttp(new(null, "refused")).Outcome);
        Assert.Equal(SendOutcome.Later, Answers.OfGrpc(new(null, "refused")).Outcome);
        Assert.Equal(SendOutcome.Later, Answers.OfGrpc(new(200, null)).Outcome);
        Assert.Equal(SendOutcome.Later, Answers.OfGrpc(new(503, null)).Outcome);
        Assert.Equal(SendOutcome.Refused, Answers.OfGrpc(new(401, null)).Outcome);
    }

    [Fact]
    public void What_a_receiver_writes_is_made_safe_and_short()
    {
        string error = Answers.OfHttp(new(400, null) { Body = Encoding.UTF8.GetBytes("\x1b[31m" + new string('x', 100_000)) }).Error!;
        Assert.StartsWith("HTTP status 400: ", error, StringComparison.Ordinal);
        Assert.DoesNotContain('\x1b', error);
        Assert.InRange(error.Length, 100, 300);
    }

    [Fact]
    public void No_bytes_make_a_reader_throw()
    {
        var random = new Random(1);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bytes = new byte[random.Next(40)];
            random.NextBytes(bytes);
            Answers.OfHttp(new(200, null) { Body = bytes });
            Answers.OfGrpc(new(200, null)
            {
                Body = bytes,
                Trailers = new Dictionary<string, string>
                {
                    ["grpc-status"] = "8",
                    ["grpc-status-details-bin"] = Convert.ToBase64String(bytes),
                },
            });
        }
    }

    private static Dictionary<string, string> Pair(string name, string value) => new() { [name] = value };
}
