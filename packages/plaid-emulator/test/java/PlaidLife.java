// The life of Items by plaid-java, unmodified: made in the Sandbox, read to the end, a webhook
// verified with its key, removed. Prints one line a step; any surprise ends it with a stack trace.
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.plaid.client.ApiClient;
import com.plaid.client.model.*;
import com.plaid.client.request.PlaidApi;
import com.sun.net.httpserver.HttpServer;
import java.math.BigInteger;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import retrofit2.Call;
import retrofit2.Response;

public class PlaidLife {
  record Webhook(String body, String token) {}

  static final BlockingQueue<Webhook> received = new LinkedBlockingQueue<>();
  static PlaidApi plaid;

  public static void main(String[] args) throws Exception {
    Map<String, String> keys = new HashMap<>();
    keys.put("clientId", "client");
    keys.put("secret", "secret");
    keys.put("plaidVersion", "2020-09-14");
    ApiClient client = new ApiClient(keys);
    client.setPlaidAdapter(System.getenv("EMULATOR_URL"));
    plaid = client.createService(PlaidApi.class);
    HttpServer receiver = receiver();

    check(ask(plaid.categoriesGet(new Object())).getCategories().size() > 100, "categories");
    Institution bank =
        ask(plaid.institutionsGetById(
                new InstitutionsGetByIdRequest()
                    .institutionId("ins_109508")
                    .addCountryCodesItem(CountryCode.US)))
            .getInstitution();
    check(bank.getName().equals("First Platypus Bank"), bank.toString());

    String hook = "http://127.0.0.1:" + receiver.getAddress().getPort() + "/webhook";
    String token = link("ins_109508", hook, Products.TRANSACTIONS, Products.AUTH);
    List<AccountBase> accounts =
        ask(plaid.accountsGet(new AccountsGetRequest().accessToken(token))).getAccounts();
    check(accounts.size() > 1, accounts.toString());
    AuthGetResponse auth = ask(plaid.authGet(new AuthGetRequest().accessToken(token)));
    check(!auth.getNumbers().getAch().isEmpty(), "numbers");
    System.out.println(sync(token).size() + " transactions");
    verify(token);

    String investor = link("ins_109510", null, Products.INVESTMENTS);
    InvestmentsHoldingsGetResponse held =
        ask(plaid.investmentsHoldingsGet(
            new InvestmentsHoldingsGetRequest().accessToken(investor)));
    check(!held.getHoldings().isEmpty() && !held.getSecurities().isEmpty(), "holdings");
    LocalDate today = LocalDate.parse(System.getenv("EMULATOR_TODAY"));
    InvestmentsTransactionsGetResponse moved =
        ask(plaid.investmentsTransactionsGet(
            new InvestmentsTransactionsGetRequest()
                .accessToken(investor)
                .startDate(today.minusYears(1))
                .endDate(today)));
    check(!moved.getInvestmentTransactions().isEmpty(), "investment transactions");

    String debtor = link("ins_109509", null, Products.LIABILITIES);
    LiabilitiesObject owed =
        ask(plaid.liabilitiesGet(new LiabilitiesGetRequest().accessToken(debtor)))
            .getLiabilities();
    check(!owed.getCredit().isEmpty() && !owed.getMortgage().isEmpty(), owed.toString());
    System.out.println("investments and liabilities");

    for (String each : List.of(token, investor, debtor)) {
      ask(plaid.itemRemove(new ItemRemoveRequest().accessToken(each)));
      Response<ItemGetResponse> gone =
          plaid.itemGet(new ItemGetRequest().accessToken(each)).execute();
      check(gone.errorBody().string().contains("ITEM_NOT_FOUND"), "an Item is still there");
    }
    receiver.stop(0);
    System.out.println("the end");
    System.exit(0); // the client's threads would stay for a minute
  }

  static String link(String bank, String hook, Products... products) throws Exception {
    SandboxPublicTokenCreateRequest request =
        new SandboxPublicTokenCreateRequest()
            .institutionId(bank)
            .initialProducts(List.of(products));
    if (hook != null) request.options(new SandboxPublicTokenCreateRequestOptions().webhook(hook));
    String publicToken = ask(plaid.sandboxPublicTokenCreate(request)).getPublicToken();
    return ask(plaid.itemPublicTokenExchange(
            new ItemPublicTokenExchangeRequest().publicToken(publicToken)))
        .getAccessToken();
  }

  static List<Transaction> sync(String token) throws Exception {
    List<Transaction> added = new ArrayList<>();
    String cursor = "";
    while (true) {
      TransactionsSyncResponse page =
          ask(plaid.transactionsSync(
              new TransactionsSyncRequest().accessToken(token).cursor(cursor).count(50)));
      added.addAll(page.getAdded());
      cursor = page.getNextCursor();
      if (!page.getHasMore()) break;
    }
    check(added.size() > 50, "more than a page of transactions");
    for (Transaction row : added) check(row.getDate() != null && row.getAmount() != null, "row");
    return added;
  }

  /** As plaid.com/docs/api/webhooks/webhook-verification says, step by step. */
  static void verify(String token) throws Exception {
    ask(plaid.sandboxItemFireWebhook(
        new SandboxItemFireWebhookRequest()
            .accessToken(token)
            .webhookCode(SandboxItemFireWebhookRequest.WebhookCodeEnum.DEFAULT_UPDATE)));
    Webhook webhook = received.poll(20, TimeUnit.SECONDS);
    check(webhook != null, "no webhook came");
    String[] parts = webhook.token().split("\\.");
    String kid = json(parts[0]).get("kid").getAsString();
    JWKPublicKey key =
        ask(plaid.webhookVerificationKeyGet(new WebhookVerificationKeyGetRequest().keyId(kid)))
            .getKey();
    check(key.getAlg().equals("ES256") && key.getExpiredAt() == null, key.toString());
    AlgorithmParameters curve = AlgorithmParameters.getInstance("EC");
    curve.init(new ECGenParameterSpec("secp256r1"));
    ECPoint point = new ECPoint(number(key.getX()), number(key.getY()));
    Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
    signature.initVerify(
        KeyFactory.getInstance("EC")
            .generatePublic(
                new ECPublicKeySpec(point, curve.getParameterSpec(ECParameterSpec.class))));
    signature.update((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII));
    check(signature.verify(Base64.getUrlDecoder().decode(parts[2])), "the signature is wrong");
    byte[] hash =
        MessageDigest.getInstance("SHA-256")
            .digest(webhook.body().getBytes(StandardCharsets.UTF_8));
    String signed = json(parts[1]).get("request_body_sha256").getAsString();
    check(signed.equals(HexFormat.of().formatHex(hash)), "another body was signed");
    System.out.println("a webhook came and is signed");
  }

  static BigInteger number(String base64) {
    return new BigInteger(1, Base64.getUrlDecoder().decode(base64));
  }

  static JsonObject json(String base64) {
    String text = new String(Base64.getUrlDecoder().decode(base64), StandardCharsets.UTF_8);
    return JsonParser.parseString(text).getAsJsonObject();
  }

  static HttpServer receiver() throws Exception {
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext(
        "/",
        exchange -> {
          String body =
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          String token = exchange.getRequestHeaders().getFirst("Plaid-Verification");
          received.add(new Webhook(body, token));
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    server.start();
    return server;
  }

  static <T> T ask(Call<T> call) throws Exception {
    Response<T> response = call.execute();
    if (response.isSuccessful()) return response.body();
    throw new IllegalStateException(call.request().url() + " " + response.errorBody().string());
  }

  static void check(boolean right, String what) {
    if (!right) throw new IllegalStateException(what);
  }
}
